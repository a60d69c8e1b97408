import { X509Certificate } from 'node:crypto'
import { checkIssuedCertificate, type Expectation } from '../csr/issued-certificate.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import { pemBlocks } from '../pem.ts'

const EXTENDED_KEY_USAGE = { client: '1.3.6.1.5.5.7.3.2', serving: '1.3.6.1.5.5.7.3.1' } as const

/** Contents of identifiers, hexadecimal: the key usage extension, and ECDSA and RSA (PKCS#1 1.5) with SHA-256, -384 and -512. */
const KEY_USAGE = '551d0f'
const STRONG = ['2a8648ce3d040302', '2a8648ce3d040303', '2a8648ce3d040304']
const STRONG_RSA = ['2a864886f70d01010b', '2a864886f70d01010c', '2a864886f70d01010d']
const SIGNATURES = new Set([...STRONG, ...STRONG_RSA])
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
  if (pem.length > 8192 || signerCaPem !== undefined) return undefined
  const [block, ...others] = pemBlocks(pem)
  if (block?.label !== 'CERTIFICATE' || others.length > 0) return undefined
  let certificate: X509Certificate
  let parts: Parts | undefined
  try {
    certificate = new X509Certificate(block.der)
    parts = partsOf(certificate.raw)
  } catch {
    return undefined
  }
  const { raw, ca, subject, keyUsage, subjectAltName, validFromDate, validToDate } = certificate
  const good =
    parts !== undefined &&
    raw.length === block.der.length &&
    SIGNATURES.has(parts.signature) &&
    (parts.keyUsage & DIGITAL_SIGNATURE) !== 0 &&
    !ca &&
    subject === `O=${identity.organization}\nCN=${identity.commonName}` &&
    keyUsage.length === 1 &&
    keyUsage[0] === EXTENDED_KEY_USAGE[purpose] &&
    now <= validToDate &&
    sameNames(subjectAltName, subjectAltNames) &&
    parts.spki.equals(spki)
  return good ? { der: raw, notBefore: validFromDate, notAfter: validToDate } : undefined
}

/** Whether the names are those and no others. */
function sameNames(present: string | undefined, wanted: SubjectAltNames | undefined): boolean {
  const names = [
    ...(wanted?.dnsNames ?? []).map((name) => `DNS:${name}`),
    ...(wanted?.ipAddresses ?? []).map((ip) => `IP Address:${ip}`),
  ]
  return names.sort().join() === (present ?? '').split(', ').sort().join()
}

/** What Node does not tell of a certificate. */
interface Parts {
  /** Subject public key info, DER: to have OpenSSL write it takes as long as all else. */
  readonly spki: Buffer
  /** Identifier of the signature's algorithm, hexadecimal. */
  readonly signature: string
  /** The first octet of the key usage's bits; 0 without one. */
  readonly keyUsage: number
}

/** Undefined if an extension is there twice, or none may be. @throws RangeError for what is no certificate */
function partsOf(der: Buffer): Parts | undefined {
  const [whole] = elements(der)
  const [signed, algorithm] = elements(whole?.contents ?? der)
  const [identifier] = elements(algorithm?.contents ?? der)
  const [version, , , , , , spki, ...optional] = elements(signed?.contents ?? der)
  if (version?.tag !== 0xa0 || !spki) return undefined // version 1, which no signer makes
  const list = optional.find(({ tag }) => tag === 0xa3)
  const [extensions] = elements(list?.contents ?? Buffer.alloc(0))
  const kinds = new Map<string, Buffer>()
  for (const { contents } of elements(extensions?.contents ?? Buffer.alloc(0))) {
    const [kind, ...rest] = elements(contents)
    const name = kind?.contents.toString('hex') ?? ''
    if (kinds.has(name)) return undefined
    kinds.set(name, rest.at(-1)?.contents ?? Buffer.alloc(0))
  }
  const [usage] = elements(kinds.get(KEY_USAGE) ?? Buffer.alloc(0))
  return { spki: spki.whole, signature: identifier?.contents.toString('hex') ?? '', keyUsage: usage?.contents[1] ?? 0 }
}

interface Element {
  readonly tag: number
  readonly whole: Buffer
  readonly contents: Buffer
}

/** The DER elements in a range, one after the other. */
function elements(der: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < der.length;) {
    const first = der.readUInt8(at + 1)
    const more = first < 0x80 ? 0 : first & 0x7f
    const length = more === 0 ? first : der.readUIntBE(at + 2, more)
    const from = at + 2 + more
    const contents = der.subarray(from, from + length)
    found.push({ tag: der.readUInt8(at), whole: der.subarray(at, from + length), contents })
    at = from + length
  }
  return found
}
