/** `/healthz`, `/livez` and `/readyz`. Source: apiserver pkg/server/healthz/healthz.go; the names of the checks as recorded of 1.26. */

export interface Health {
  readonly status: number
  readonly text: string
  /** Whether it is the answer of a whole path, not of one check. */
  readonly whole: boolean
}

const hook = (name: string): string => `poststarthook/${name}`

const FIRST = ['ping', 'log', 'etcd']
const READY_ONLY = ['etcd-readiness', 'informer-sync']
const REST = [
  ...['start-kube-apiserver-admission-initializer', 'generic-apiserver-start-informers'].map(hook),
  ...['priority-and-fairness-config-consumer', 'priority-and-fairness-filter'].map(hook),
  ...['storage-object-count-tracker-hook', 'start-apiextensions-informers', 'start-apiextensions-controllers'].map(
    hook,
  ),
  ...['crd-informer-synced', 'bootstrap-controller', 'rbac/bootstrap-roles'].map(hook),
  ...['scheduling/bootstrap-system-priority-classes', 'priority-and-fairness-config-producer'].map(hook),
  ...['start-cluster-authentication-info-controller', 'start-kube-apiserver-identity-lease-controller'].map(hook),
  ...['start-kube-apiserver-identity-lease-garbage-collector', 'start-legacy-token-tracking-controller'].map(hook),
  ...['start-kube-aggregator-informers', 'apiservice-registration-controller'].map(hook),
  ...[
    'apiservice-status-available-controller',
    'apiservice-wait-for-first-sync',
    'kube-apiserver-autoregistration',
  ].map(hook),
  'autoregister-completion',
  ...['apiservice-openapi-controller', 'apiservice-openapiv3-controller'].map(hook),
]

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: [...FIRST, ...REST],
  livez: [...FIRST, ...REST],
  readyz: [...FIRST, ...READY_ONLY, ...REST, 'shutdown'],
}

/** All that can be asked. */
export const HEALTH_PATHS: readonly string[] = Object.entries(CHECKS).flatMap(([name, checks]) => [
  `/${name}`,
  ...checks.map((check) => `/${name}/${check}`),
])

/** The checks that fail while the store does not answer, with what one of them says when it is asked alone. */
const STORE_CHECKS: Readonly<Record<string, string>> = {
  etcd: 'error getting data from etcd: context deadline exceeded',
  'etcd-readiness': 'error getting data from etcd: context deadline exceeded',
}

/**
 * What a health path answers; undefined if the path is none. A lab that answers at all is healthy, unless its store is down.
 */
export function health(path: string, query: URLSearchParams, storeDown = false): Health | undefined {
  const [, name = '', check] = /^\/(healthz|livez|readyz)(?:\/(.*))?$/.exec(path) ?? []
  const checks = CHECKS[name]
  if (!checks) return undefined
  const fails = (one: string): boolean => storeDown && one in STORE_CHECKS
  if (check) {
    if (!checks.includes(check)) return undefined
    if (fails(check)) return { status: 500, text: `internal server error: ${STORE_CHECKS[check] ?? ''}\n`, whole: true }
    return { status: 200, text: 'ok', whole: false }
  }
  const excluded = query.getAll('exclude').filter((one) => one !== '')
  const failed = checks.some((one) => fails(one) && !excluded.includes(one))
  if (!failed && !query.has('verbose')) return { status: 200, text: 'ok', whole: true }
  const lines = checks.map((one) => {
    if (excluded.includes(one)) return `[+]${one} excluded: ok`
    return fails(one) ? `[-]${one} failed: reason withheld` : `[+]${one} ok`
  })
  const unknown = excluded.filter((one) => !checks.includes(one)).map((one) => JSON.stringify(one))
  if (unknown.length > 0)
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}`)
  const verdict = failed ? 'failed' : 'passed'
  return { status: failed ? 500 : 200, text: [...lines, `${name} check ${verdict}`, ''].join('\n'), whole: true }
}
