import { X509Certificate } from 'node:crypto'
import { checkIssuedCertificate, type Expectation } from '../csr/issued-certificate.ts'
import { pemBlocks } from '../pem.ts'

const EXTENDED_KEY_USAGE = { client: '1.3.6.1.5.5.7.3.2', serving: '1.3.6.1.5.5.7.3.1' } as const

/** The key usage extension, critical, as Go encodes it, up to the octet of its bits. */
const KEY_USAGE = Buffer.from('0603551d0f0101ff04040302', 'hex')
const DIGITAL_SIGNATURE = 0x80

/** A certificate that is what was asked for. */
export interface Issued {
  readonly der: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * `checkIssuedCertificate` for many: what is as a signer usually makes it is seen to be good in a tenth of the time; everything else is
 * left to that function, and so is every refusal. A test shows that nothing is accepted here that is refused there.
 * @throws CertletError CERTIFICATE_REFUSED
 */
export function lightCheck(pem: string, expected: Expectation): Issued {
  const issued = plainlyGood(pem, expected)
  if (issued) return issued
  const { certificatePem, notBefore, notAfter } = checkIssuedCertificate({ pem, ...expected })
  return { der: new X509Certificate(certificatePem).raw, notBefore, notAfter }
}

/** Undefined where a longer look is needed. */
export function plainlyGood(
  pem: string,
  { spki, identity, purpose, subjectAltNames, now, signerCaPem }: Expectation,
): Issued | undefined {
  const [block, ...others] = pemBlocks(pem)
  if (block?.label !== 'CERTIFICATE' || others.length > 0 || signerCaPem !== undefined) return undefined
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(block.der)
  } catch {
    return undefined
  }
  const { raw, ca, subject, keyUsage, subjectAltName, validFromDate, validToDate } = certificate
  const usage = raw.indexOf(KEY_USAGE)
  const bits = raw[usage + KEY_USAGE.length + 1] ?? 0
  const names = new Set((subjectAltName ?? '').split(', '))
  const good =
    !ca &&
    subject === `O=${identity.organization}\nCN=${identity.commonName}` &&
    usage > 0 &&
    (bits & DIGITAL_SIGNATURE) !== 0 &&
    keyUsage.length === 1 &&
    keyUsage[0] === EXTENDED_KEY_USAGE[purpose] &&
    now <= validToDate &&
    (subjectAltNames?.dnsNames ?? []).every((name) => names.has(`DNS:${name}`)) &&
    (subjectAltNames?.ipAddresses ?? []).every((ip) => names.has(`IP Address:${ip}`)) &&
    certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(spki)
  return good ? { der: raw, notBefore: validFromDate, notAfter: validToDate } : undefined
}
