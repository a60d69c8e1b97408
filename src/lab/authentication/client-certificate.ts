/** Client certificates: CN is the user, O are the groups. Source: `staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go`. */
import { hash, X509Certificate } from 'node:crypto'
import { readCertificateContents } from '../../pki/certificate-contents.ts'
import { parseName } from '../pki/distinguished-name.ts'
import type { User } from './user.ts'

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** Source: `staging/src/k8s.io/apiserver/pkg/authentication/user/user.go`, CredentialIDKey. */
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'
const ANY_USAGE = '2.5.29.37.0'

/** All that a chain says, signatures verified: what is left to ask is the time. */
export interface ClientCertificate {
  /** Undefined when the certificate names nobody. */
  readonly user: User | undefined
  /** Whether its extended key usage, if it has one, allows it here. */
  readonly forClients: boolean
  /** When a path of certificates leads to an authority, all of them valid; none when nothing leads there. */
  readonly trusted: readonly Interval[]
}

interface Interval {
  readonly from: Date
  readonly to: Date
}

/**
 * Reads a chain and verifies its signatures, which takes a tenth of a millisecond each.
 * @param chain - DER, leaf first, as the client sent it.
 * @param credentialIds - whether the user carries the fingerprint of the certificate.
 * @returns undefined for an empty one.
 */
export function readClientCertificate(
  chain: readonly Uint8Array[],
  authorities: readonly X509Certificate[],
  credentialIds: boolean,
): ClientCertificate | undefined {
  const [leaf, ...rest] = chain.map((der) => new X509Certificate(der))
  if (!leaf) return undefined
  // Absent from Node's types in some versions, and absent from the certificate when it does not restrict its use.
  const usages = leaf.keyUsage as readonly string[] | undefined
  const { commonName, organization } = parseName(readCertificateContents(leaf.raw).subject)
  const extra = credentialIds ? { extra: { [CREDENTIAL_ID]: [`X509SHA256=${hash('sha256', leaf.raw)}`] } } : {}
  return {
    user: commonName === '' ? undefined : { name: commonName, groups: organization, ...extra },
    forClients: !usages || usages.includes(CLIENT_AUTH) || usages.includes(ANY_USAGE),
    trusted: pathsOf(leaf, rest, authorities),
  }
}

/** The user at this time (`undefined` when the certificate names nobody, which counts as no credentials) or `'refused'`. */
export function authenticateCertificate(
  { user, forClients, trusted }: ClientCertificate,
  now: Date,
): User | 'refused' | undefined {
  return forClients && trusted.some(({ from, to }) => from <= now && now <= to) ? user : 'refused'
}

/** Every path from `certificate` to an authority, over any of `others`, as the time in which all of it is valid. */
function pathsOf(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): Interval[] {
  const issuedBy = (issuer: X509Certificate): boolean =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  const own = intervalOf(certificate)
  const direct = authorities.filter(issuedBy).map((authority) => intersection(own, intervalOf(authority)))
  const over = others.filter((other) => other.ca && issuedBy(other))
  const indirect = over.flatMap((other) => {
    const left = others.filter((one) => one !== other)
    return pathsOf(other, left, authorities).map((path) => intersection(own, path))
  })
  return [...direct, ...indirect]
}

const intervalOf = ({ validFromDate, validToDate }: X509Certificate): Interval => ({
  from: validFromDate,
  to: validToDate,
})

const intersection = (a: Interval, b: Interval): Interval => ({
  from: a.from > b.from ? a.from : b.from,
  to: a.to < b.to ? a.to : b.to,
})
