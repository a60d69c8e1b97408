import { CertletError } from '../errors.ts'

/** Who this machine is in the cluster. */
export interface NodeIdentity {
  readonly nodeName: string
  /** `system:node:<nodeName>` */
  readonly commonName: string
  readonly organization: 'system:nodes'
}

/** Longest DNS-1123 subdomain, which the name of a Node object must be. Source: apimachinery util/validation. */
const LONGEST_NAME = 253

/**
 * The node's identity, named as the kubelet names it: the override if there is one, else the machine's host name; white space
 * trimmed, in lower case. Source: component-helpers node/util, GetHostname.
 * @throws CertletError NODE_NAME_INVALID if no Node object could bear the name; the message says which rule it breaks.
 */
export function nodeIdentity({
  hostnameOverride,
  osHostname,
}: {
  hostnameOverride?: string | undefined
  osHostname: string
}): NodeIdentity {
  const nodeName = (hostnameOverride === undefined || hostnameOverride === '' ? osHostname : hostnameOverride)
    .trim()
    .toLowerCase()
  const broken = brokenRule(nodeName)
  if (broken !== undefined) {
    throw new CertletError('NODE_NAME_INVALID', `Cannot use ${JSON.stringify(nodeName)} as node name: ${broken}`)
  }
  return { nodeName, commonName: `system:node:${nodeName}`, organization: 'system:nodes' }
}

function brokenRule(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (name.length > LONGEST_NAME) return `it has ${name.length} characters, and at most ${LONGEST_NAME} are allowed`
  const foreign = /[^a-z0-9.-]/u.exec(name)
  if (foreign) return `it contains ${JSON.stringify(foreign[0])}, and only a-z, 0-9, "-" and "." are allowed`
  if (name.split('.').includes('')) return 'a "." must stand between two labels'
  if (/(^|\.)-|-(\.|$)/.test(name)) return 'each label must start and end with a letter or digit'
  return undefined
}
