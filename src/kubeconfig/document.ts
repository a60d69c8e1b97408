import { load, YAMLException } from 'js-yaml'

/** A named entry of a kubeconfig, as far as certlet looks at it. Source: client-go tools/clientcmd/api/v1/types.go. */
export interface ClusterEntry {
  readonly server?: unknown
  readonly 'certificate-authority'?: unknown
  readonly 'certificate-authority-data'?: unknown
  readonly 'insecure-skip-tls-verify'?: unknown
  readonly 'tls-server-name'?: unknown
  readonly 'proxy-url'?: unknown
}

export interface UserEntry {
  readonly token?: unknown
  readonly tokenFile?: unknown
  readonly 'client-certificate'?: unknown
  readonly 'client-certificate-data'?: unknown
  readonly 'client-key'?: unknown
  readonly 'client-key-data'?: unknown
  readonly exec?: unknown
  readonly username?: unknown
}

/** What the current context of a kubeconfig selects. */
export interface CurrentContext {
  readonly context: string
  readonly cluster: ClusterEntry
  readonly user: UserEntry
}

/**
 * Reads the text of a kubeconfig.
 * @returns its fields, or in words what is wrong with the text. The words never quote the text: it holds secrets.
 */
export function readDocument(
  text: string,
): { readonly mapping: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  if (text.trim() === '') return { problem: 'it is empty' }
  let document: unknown
  try {
    document = load(text)
  } catch (error) {
    // The parser's own message quotes the lines around the fault, which may be the one with the token.
    const where = error instanceof YAMLException && error.mark ? ` at line ${error.mark.line + 1}` : ''
    return { problem: `it is not YAML${where}` }
  }
  if (!isMapping(document)) return { problem: 'it is not a kubeconfig (the document is not a mapping)' }
  if (document['kind'] !== undefined && document['kind'] !== 'Config') {
    return { problem: 'it is not a kubeconfig (kind is not Config)' }
  }
  return { mapping: document }
}

/** All named entries of a list of a kubeconfig: its `clusters` with their `cluster`. What has another form is none. */
export function entriesOf<Key extends 'cluster' | 'user'>(
  mapping: Readonly<Record<string, unknown>>,
  key: Key,
): { readonly name: string; readonly value: Key extends 'cluster' ? ClusterEntry : UserEntry }[] {
  const list = `${key}s`
  const entries: unknown = mapping[list]
  if (!Array.isArray(entries)) return []
  return entries.flatMap((item: unknown) => {
    if (!isMapping(item)) return []
    const { name, [key]: value = {} } = item
    return isMapping(value) ? [{ name: typeof name === 'string' ? name : '', value }] : []
  })
}

/**
 * Reads the text of a kubeconfig and follows its current context.
 * @returns the context's cluster and user, or in words what is wrong with the text, as readDocument.
 */
export function currentContextOf(text: string): CurrentContext | { readonly problem: string } {
  const read = readDocument(text)
  if ('problem' in read) return read
  const { mapping: document } = read
  const context = document['current-context']
  if (!isName(context)) return { problem: 'current-context is not set' }
  const selected = entryOf(document['contexts'], context, 'context')
  if (!selected) return { problem: `current-context "${context}" is not among the contexts` }
  const { cluster: clusterName, user: userName } = selected
  if (!isName(clusterName)) return { problem: `context "${context}" names no cluster` }
  if (!isName(userName)) return { problem: `context "${context}" names no user` }
  const cluster = entryOf(document['clusters'], clusterName, 'cluster')
  if (!cluster) return { problem: `cluster "${clusterName}" of context "${context}" does not exist` }
  const user = entryOf(document['users'], userName, 'user')
  if (!user) return { problem: `user "${userName}" of context "${context}" does not exist` }
  return { context, cluster, user }
}

function entryOf(list: unknown, name: string, key: string): Record<string, unknown> | undefined {
  if (!Array.isArray(list)) return undefined
  const found: unknown = list.find((item: unknown) => isMapping(item) && item['name'] === name)
  if (!isMapping(found)) return undefined
  const value = found[key]
  // `user:` and `context:` with nothing behind them are null in YAML, and mean an empty entry.
  return isMapping(value) ? value : value === null || value === undefined ? {} : undefined
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
