import type { Reviews, UserInfo } from '../../kube/reviews.ts'
import { shellWord } from '../../one-line.ts'
import { fail, type Finding, ok } from '../finding.ts'

/** What a client does with its own request. Source: client-go util/certificate/csr/csr.go; ClusterRole system:node-bootstrapper. */
const VERBS = ['create', 'get', 'list', 'watch'] as const

/** Asks which of the rights that a bootstrap needs are missing. @throws CertletError of the connection. */
export async function missingRights(reviews: Reviews, signal: AbortSignal): Promise<string[]> {
  const missing: string[] = []
  for (const verb of VERBS) {
    const right = { verb, group: 'certificates.k8s.io', resource: 'certificatesigningrequests' }
    if (!(await reviews.may(right, signal))) missing.push(verb)
  }
  return missing
}

/** Whether requests may be made and watched. Pure. */
export function rightsFinding(missing: readonly string[], { username }: UserInfo): Finding {
  const name = 'rights'
  if (missing.length === 0) return ok(name, `may ${VERBS.join(', ')} certificatesigningrequests`)
  const subject = username.startsWith('system:bootstrap:')
    ? '--group=system:bootstrappers'
    : username.startsWith('system:node:')
      ? '--group=system:nodes'
      : `--user=${shellWord(username)}`
  return fail(
    name,
    'FORBIDDEN',
    `may not ${missing.join(', ')} certificatesigningrequests`,
    `an administrator can grant it: \`certlet rbac | kubectl apply -f -\`, or kubectl create clusterrolebinding certlet:node-bootstrapper --clusterrole=system:node-bootstrapper ${subject}`,
  )
}
