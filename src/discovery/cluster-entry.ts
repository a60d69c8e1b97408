import { load } from 'js-yaml'

/**
 * The cluster that a kubeconfig tells a new node of: the one without a name, else the current context's.
 * @returns its entry, or in words what is wrong with the text, which they never quote.
 * Source: cmd/kubeadm/app/util/kubeconfig/kubeconfig.go, GetClusterFromKubeConfig.
 */
export function clusterEntry(kubeconfig: string): Record<string, unknown> | string {
  const config = mappingIn(kubeconfig)
  if (!config) return 'is not YAML with a mapping in it'
  const wanted = currentEntry(config)?.['cluster']
  const clusters = entriesOf(config['clusters'])
  const found = clusters.find(({ name }) => (name ?? '') === '') ?? clusters.find(({ name }) => name === wanted)
  return isMapping(found?.['cluster']) ? found['cluster'] : 'has no cluster'
}

/** The user of the current context; undefined if there is none. */
export function userEntry(kubeconfig: string): Record<string, unknown> | undefined {
  const config = mappingIn(kubeconfig)
  const wanted = config && currentEntry(config)?.['user']
  const user = entriesOf(config?.['users']).find(({ name }) => name === wanted)?.['user']
  return isMapping(user) ? user : undefined
}

/** Address of a cluster, without a slash at its end; undefined if it is not https. */
export function httpsServer({ server }: Record<string, unknown>): string | undefined {
  if (typeof server !== 'string' || URL.parse(server)?.protocol !== 'https:') return undefined
  return server.replace(/\/+$/, '')
}

/** Whether a value is an object with keys. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mappingIn(text: string): Record<string, unknown> | undefined {
  try {
    const document = load(text)
    return isMapping(document) ? document : undefined
  } catch {
    return undefined // the parser's message quotes the text
  }
}

function currentEntry(config: Record<string, unknown>): Record<string, unknown> | undefined {
  const context = entriesOf(config['contexts']).find(({ name }) => name === config['current-context'])?.['context']
  return isMapping(context) ? context : undefined
}

function entriesOf(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isMapping) : []
}
