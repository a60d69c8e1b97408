/** YAML with the complaints of Go's decoder. Source: sigs.k8s.io/yaml, go-yaml v2. */
import { loadAll, YAMLException } from 'js-yaml'

/** The first document, as Go reads no further; null if there is none. @returns the value, and what a strict decoder says about repeated keys. */
export function parseYaml(text: string): { value: unknown; repeated: string[] } | { error: string } {
  const first = firstDocument(text)
  const strict = attempt(() => loadAll(first)[0])
  if (!(strict instanceof YAMLException)) return { value: strict ?? null, repeated: [] }
  const line = (strict.mark?.line ?? 0) + 1
  if (!strict.reason.startsWith('duplicated mapping key')) {
    return { error: `yaml: line ${line}: did not find expected node content` }
  }
  const lenient = attempt(() => loadAll(first, { json: true })[0])
  if (lenient instanceof YAMLException) return { error: `yaml: line ${line}: did not find expected node content` }
  const key = /^\s*(?:- )?["']?([^"':]*)/.exec(text.split('\n')[line - 1] ?? '')?.[1] ?? ''
  return {
    value: lenient ?? null,
    repeated: [`yaml: unmarshal errors:\n  line ${line}: key ${JSON.stringify(key)} already set in map`],
  }
}

/** Up to the line that ends it or begins the next. */
function firstDocument(text: string): string {
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => !/^\s*(#.*)?$/.test(line))
  const end = lines.findIndex((line, at) => at > begin && /^(---|\.\.\.)(\s|$)/.test(line))
  return end < 0 ? text : lines.slice(0, end).join('\n')
}

function attempt(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof YAMLException) return error
    throw error
  }
}
