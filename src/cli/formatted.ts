import { dump } from 'js-yaml'

/** A result for programs, as JSON or YAML. */
export function formatted(value: unknown, output: unknown): string {
  return output === 'yaml' ? dump(value, { lineWidth: -1 }) : `${JSON.stringify(value, null, 2)}\n`
}
