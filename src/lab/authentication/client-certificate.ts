/** Client certificates: CN is the user, O are the groups. Source: `staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go`. */
import { X509Certificate } from 'node:crypto'
import { x509 } from '../../identity/crypto-provider.ts'
import type { User } from './user.ts'

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const ANY_USAGE = '2.5.29.37.0'

/**
 * The user of a certificate (`undefined` when it names nobody, which counts as no credentials) or `'refused'`.
 * @param chain - DER, leaf first, as the client sent it.
 */
export function authenticateCertificate(
  chain: readonly Uint8Array[],
  authorities: readonly X509Certificate[],
  now: Date,
): User | 'refused' | undefined {
  const [leaf, ...rest] = chain.map((der) => new X509Certificate(der))
  if (!leaf || !chain[0]) return undefined
  if (!isTrusted(leaf, rest, authorities, now)) return 'refused'
  // Absent from Node's types in some versions, and absent from the certificate when it does not restrict its use.
  const usages = leaf.keyUsage as readonly string[] | undefined
  if (usages && !usages.includes(CLIENT_AUTH) && !usages.includes(ANY_USAGE)) return 'refused'
  const subject = new x509.X509Certificate(Uint8Array.from(chain[0])).subjectName
  const name = subject.getField('CN').at(-1) ?? ''
  if (name === '') return undefined
  return { name, groups: subject.getField('O') }
}

/** Whether a path of valid certificates leads from `certificate` to an authority, over any of `others`. */
function isTrusted(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: Date,
): boolean {
  if (certificate.validFromDate > now || certificate.validToDate < now) return false
  const issuedBy = (issuer: X509Certificate) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  if (authorities.some((authority) => authority.validToDate >= now && issuedBy(authority))) return true
  return others.some(
    (other) =>
      other.ca &&
      issuedBy(other) &&
      isTrusted(
        other,
        others.filter((one) => one !== other),
        authorities,
        now,
      ),
  )
}
