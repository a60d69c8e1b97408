/** What `${…}` in the texts of a suite stands for. */

/** Names of the placeholders, and what stands in their place. */
export const PLACEHOLDERS = {
  node: 'name of the node that the probe plays',
  otherNode: 'name of another node',
  nodeIp: 'address of the node',
  otherNodeIp: 'address of the other node',
  apiServer: 'host of the API server, as the kubeconfig has it',
  user: 'name of the user who sends the request',
  run: 'what tells this run of the probe from others',
  copy: 'number of the copy, from 1, where a case has several',
} as const

export type Placeholder = keyof typeof PLACEHOLDERS
export type PlaceholderValues = Readonly<Record<Placeholder, string>>

const PATTERN = /\$\{([^}]*)\}/g

/** The names in a text that are no placeholders. */
export function unknownPlaceholders(text: string): string[] {
  return [...text.matchAll(PATTERN)].map(([, name = '']) => name).filter((name) => !Object.hasOwn(PLACEHOLDERS, name))
}

/** A value with all placeholders in its texts, at any depth, replaced; keys stay as they are. */
export function filled<T>(value: T, values: PlaceholderValues): T {
  if (typeof value === 'string') {
    return value.replace(PATTERN, (whole, name: string) =>
      Object.hasOwn(values, name) ? values[name as Placeholder] : whole,
    ) as T
  }
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, values)) as T
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item as unknown, values)])) as T
  }
  return value
}
