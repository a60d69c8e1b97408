import type { NodeIdentity } from '../../identity/node-identity.ts'
import { type Finding, ok, warn } from '../finding.ts'

/** Host names that every fresh installation has. */
const NOBODYS = /^localhost(\.localdomain)?$/

/** Whether the name tells this machine from others. That a Node could bear it has been checked before. */
export function nodeNameFinding({ nodeName }: NodeIdentity): Finding {
  if (!NOBODYS.test(nodeName)) return ok('node-name', `"${nodeName}"`)
  return warn(
    'node-name',
    `"${nodeName}" is the name that every machine has before it is given one`,
    'hostnamectl set-hostname NAME, or give one with --hostname-override',
  )
}
