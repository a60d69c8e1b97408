/**
 * What an approver of serving certificates has to hold against a request before it approves: the rules of the approvers that are in use,
 * with their known gaps closed. Everything that is no serving request is left to the stock approver.
 */
import { canonicalIp, isGlobalUnicast } from '../../identity/ip-address.ts'
import { nodeNameOf } from '../../lab/authentication/user.ts'
import { Signer } from '../../lab/controllers/csr.ts'
import { kubeletServingFault } from '../../lab/controllers/recognise.ts'
import type { Asked } from './asked.ts'
import { type Decision, policyOf } from './policy-of.ts'
import { decideAsStock } from './stock.ts'

/** One rule: what it wants, and what of a request breaks it; undefined where nothing does. */
interface Rule {
  readonly wants: string
  readonly breach: (asked: Asked, node: string) => string | undefined
}

const DAY_SECONDS = 86_400
const LONGEST_DAYS = 367
const MOST_DNS_NAMES = 1

const DNS_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** After the first, which says who the node is. */
const rules: readonly Rule[] = [
  {
    wants: 'the common name is the requestor’s own user name',
    breach: ({ request: { subject }, requestor }) =>
      subject.commonName === requestor.username
        ? undefined
        : `the common name is ${JSON.stringify(subject.commonName)}, the requestor is ${requestor.username}`,
  },
  {
    wants:
      'what the signer wants: the organization system:nodes alone, a DNS name or an address, neither e-mail nor URI, the usages of a kubelet',
    breach: ({ csr, request }) => kubeletServingFault(request, csr.spec.usages ?? []),
  },
  {
    wants: `at most one DNS name, without a wildcard`,
    breach: ({ request: { dnsNames } }) => {
      if (dnsNames.length > MOST_DNS_NAMES) return `there are ${dnsNames.length} DNS names`
      const odd = dnsNames.find((name) => !DNS_NAME.test(name))
      return odd === undefined ? undefined : `${JSON.stringify(odd)} is no host name`
    },
  },
  {
    wants: 'the DNS name is the node’s name, or that followed by a dot and a domain',
    breach: ({ request: { dnsNames } }, node) => {
      const foreign = dnsNames.find((name) => name !== node && !name.startsWith(`${node}.`))
      return foreign === undefined ? undefined : `the DNS name ${foreign} is not the node’s`
    },
  },
  {
    wants:
      'every address is one of the node’s; where these are not known, at least no loopback, link-local, multicast or unspecified one',
    breach: ({ request: { ipAddresses }, server }, node) => {
      const own = server.nodeAddresses?.[node]?.map((address) => canonicalIp(address))
      const foreign = ipAddresses.find((address) => (own ? !own.includes(address) : !isGlobalUnicast(address)))
      return foreign === undefined ? undefined : `the address ${foreign} is not the node’s`
    },
  },
  {
    wants: `expirationSeconds is at most ${LONGEST_DAYS} days`,
    breach: ({ csr }) =>
      (csr.spec.expirationSeconds ?? 0) <= LONGEST_DAYS * DAY_SECONDS
        ? undefined
        : `${csr.spec.expirationSeconds ?? 0} seconds are more than ${LONGEST_DAYS} days`,
  },
]

/** What strict-serving wants of a serving request, a sentence for each rule. */
export const strictServingRules: readonly string[] = [
  'the requestor is a node: a user system:node:NAME in the group system:nodes',
  ...rules.map(({ wants }) => wants),
]

/** The stock approver, and for serving requests the rules. */
export function decideStrictly(asked: Asked): Decision {
  if (asked.csr.spec.signerName !== Signer.kubeletServing) return decideAsStock(asked)
  const { requestor } = asked
  const node = nodeNameOf({ ...requestor, name: requestor.username })
  if (!node) return { do: 'not approve', because: `strict-serving: ${requestor.username} is no node` }
  for (const { breach } of rules) {
    const found = breach(asked, node)
    if (found !== undefined) return { do: 'not approve', because: `strict-serving: ${found}` }
  }
  return { do: 'approve', because: 'strict-serving: every name and address is the node’s own' }
}

export const strictServing = policyOf(
  'strict-serving',
  'the stock approver, and one of serving certificates that approves a node’s own names and addresses alone; what else is asked for is denied or left',
  decideStrictly,
)
