/** YAML with the complaints of Go's decoder. Source: sigs.k8s.io/yaml, go-yaml v2. */
import { load, YAMLException } from 'js-yaml'

/** @returns the value, and what a strict decoder says about repeated keys. */
export function parseYaml(text: string): { value: unknown; repeated: string[] } | { error: string } {
  const strict = attempt(() => load(text))
  if (!(strict instanceof YAMLException)) return { value: strict ?? null, repeated: [] }
  const line = (strict.mark?.line ?? 0) + 1
  if (!strict.reason.startsWith('duplicated mapping key')) {
    return { error: `yaml: line ${line}: did not find expected node content` }
  }
  const lenient = attempt(() => load(text, { json: true }))
  if (lenient instanceof YAMLException) return { error: `yaml: line ${line}: did not find expected node content` }
  const key = /^\s*(?:- )?["']?([^"':]*)/.exec(text.split('\n')[line - 1] ?? '')?.[1] ?? ''
  return {
    value: lenient ?? null,
    repeated: [`yaml: unmarshal errors:\n  line ${line}: key ${JSON.stringify(key)} already set in map`],
  }
}

function attempt(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof YAMLException) return error
    throw error
  }
}
