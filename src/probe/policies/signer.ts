/** What kube-controller-manager's signer makes of an approved request. */
import { signerRules } from '../../lab/controllers/recognise.ts'
import { keyUsageWords } from '../../lab/pki/key-usages.ts'
import { validity } from '../../lab/pki/sign.ts'
import type { CertificateExpectation } from '../expectation.ts'
import type { Asked } from './asked.ts'

export type Signing =
  | { readonly kind: 'issued'; readonly certificate: CertificateExpectation }
  /** Refused for good, with this message in the condition. */
  | { readonly kind: 'failed'; readonly reason: 'SignerValidationFailure'; readonly message: string }
  /** It has no signer of this name; somebody else may. */
  | { readonly kind: 'unknown-signer' }

export function signingOf({ csr: { spec }, request }: Asked): Signing {
  const { signerName, usages = [], expirationSeconds } = spec
  const message = signerRules[signerName]?.(request, usages)
  if (!(signerName in signerRules)) return { kind: 'unknown-signer' }
  if (message !== undefined) return { kind: 'failed', reason: 'SignerValidationFailure', message }
  const { subject, dnsNames, ipAddresses, emailAddresses, uris } = request
  return {
    kind: 'issued',
    certificate: {
      commonName: subject.commonName,
      organizations: [...subject.organization],
      dnsNames: [...dnsNames],
      ipAddresses: [...ipAddresses],
      emails: [...emailAddresses],
      uris: [...uris],
      usages: keyUsageWords(usages),
      ca: false,
      certificates: 1,
      ...(expirationSeconds !== undefined && { lifetime: { atMost: `${longestSeconds(expirationSeconds)}s` } }),
    },
  }
}

/** From NotBefore to NotAfter. A signer may be set to shorter lifetimes than are asked for, never to longer ones. */
function longestSeconds(expirationSeconds: number): number {
  const now = new Date(0)
  const asked = { now, expirationSeconds, durationSeconds: Infinity }
  const dates = validity(asked, { notAfter: new Date(8.64e15) })
  return dates === undefined ? 0 : (dates.notAfter.getTime() - dates.notBefore.getTime()) / 1000
}
