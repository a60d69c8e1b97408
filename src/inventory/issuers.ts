import type { ReadCertificate } from '../csr/certificate.ts'
import type { Place, SignedBy } from './inventory.ts'

/** A certificate, and the first place where it was found. */
export interface Located {
  readonly certificate: ReadCertificate
  readonly place: Place
}

/** Whether the issuer's key made the certificate's signature, and names and key identifiers agree. */
function signed(issuer: ReadCertificate, { node }: ReadCertificate): boolean {
  try {
    return node.checkIssued(issuer.node) && node.verify(issuer.node.publicKey)
  } catch {
    return false // a signature of a kind that cannot be checked shows nothing
  }
}

/** Who signed a certificate, among those that were found. By signature: names alone show nothing. */
export function signerOf({ certificate }: Located, all: readonly Located[]): Located | undefined {
  if (signed(certificate, certificate)) return undefined
  return all.find((other) => other.certificate.node.ca && signed(other.certificate, certificate))
}

export function signedByOf(located: Located, signer: Located | undefined, all: readonly Located[]): SignedBy {
  const { certificate } = located
  if (signer) return { kind: 'ca', subject: signer.certificate.subject, ...signer.place }
  if (signed(certificate, certificate)) return { kind: 'itself' }
  const namesake = all.find(
    (other) =>
      other.certificate !== certificate &&
      other.certificate.node.ca &&
      other.certificate.subject === certificate.issuer,
  )
  return namesake
    ? { kind: 'namesake', subject: namesake.certificate.subject, ...namesake.place }
    : { kind: 'not here' }
}

/** From the signer of a certificate upwards, each once. */
export function chainAbove(located: Located, signers: ReadonlyMap<Located, Located | undefined>): Located[] {
  const chain: Located[] = []
  for (let at = signers.get(located); at && !chain.includes(at); at = signers.get(at)) chain.push(at)
  return chain
}
