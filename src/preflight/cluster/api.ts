import { fail, type Finding, ok, warn } from '../finding.ts'

/** What the server says of itself. */
export interface ServedApi {
  /** `v1.36.2`; undefined if it may not be asked. */
  readonly version: string | undefined
  /** Whether certificates.k8s.io/v1 has certificatesigningrequests; undefined if that may not be asked. */
  readonly signingRequests: boolean | undefined
}

/** Whether the server has the API that certlet needs. Pure. */
export function apiFinding({ version, signingRequests }: ServedApi): Finding {
  const name = 'api'
  const server = version === undefined ? 'a server that does not tell its version' : `Kubernetes ${version}`
  if (signingRequests === true) return ok(name, `${server}, with certificates.k8s.io/v1`)
  if (signingRequests === false) return fail(name, 'API_NOT_FOUND', `${server}, without certificates.k8s.io/v1`)
  return warn(
    name,
    `${server}; which APIs it has may not be asked`,
    'an administrator can grant it: ClusterRole system:discovery to group system:authenticated',
  )
}
