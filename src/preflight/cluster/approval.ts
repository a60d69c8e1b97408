import { approvalRight } from '../../agent/waiting.ts'
import type { NodeIdentity } from '../../identity/node-identity.ts'
import type { UserInfo } from '../../kube/reviews.ts'
import { fail, type Finding, ok, skipped, warn } from '../finding.ts'

/** Short enough to be copied from a narrow terminal; the exact binding comes after it. */
const GRANT = 'an administrator can grant it: `certlet rbac | kubectl apply -f -`'

/**
 * Whether the stock approver would approve the request for the first client certificate. It goes by the right of whoever asks, and by
 * the form of the request (O, CN, usages), which certlet's always have. Pure.
 * @param allowed - whether the caller has the right of `approvalRight`.
 * Source: pkg/controller/certificates/approver/sarapprove.go.
 */
export function approvalFinding(allowed: boolean, { username }: UserInfo, { commonName }: NodeIdentity): Finding {
  const name = 'approval'
  // Source: plugin/pkg/admission/noderestriction, admitCSRCreate (from Kubernetes 1.31).
  if (username.startsWith('system:node:') && username !== commonName) {
    return fail(
      name,
      'FORBIDDEN',
      `"${username}" may ask for its own name only, not for "${commonName}"`,
      'use a bootstrap token, or the name of that node (--hostname-override)',
    )
  }
  const { subresource, grant } = approvalRight(username)
  if (allowed) return ok(name, `the stock approver would approve it (certificatesigningrequests/${subresource})`)
  return warn(
    name,
    `nobody will approve it by itself: create certificatesigningrequests/${subresource} is not granted`,
    `${GRANT}, or ${grant}; or approve by hand: kubectl certificate approve NAME (certlet prints the name)`,
  )
}

/**
 * Whether later requests, which the node makes with its own certificate, would be approved. Pure.
 * @param allowed - undefined if nobody here may ask that.
 */
export function renewalFinding(allowed: boolean | undefined, { commonName }: NodeIdentity): Finding {
  const name = 'renewal'
  const { subresource, grant } = approvalRight(commonName)
  if (allowed === undefined) {
    return skipped(
      name,
      'a bootstrap token may not ask what the node itself will be granted; ask again once it has joined',
    )
  }
  if (allowed) return ok(name, `the stock approver would approve it (certificatesigningrequests/${subresource})`)
  return warn(
    name,
    `nobody will approve the next certificates by itself: "${commonName}" may not create certificatesigningrequests/${subresource}`,
    `${GRANT}, or ${grant}`,
  )
}
