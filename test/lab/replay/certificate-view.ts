/** What a certificate says, in the words of the recordings. Read by other libraries than the lab writes with, but for the subject's string types. */
import { X509Certificate } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { x509 } from '../../../src/identity/crypto-provider.ts'
import { parseCertificateRequest } from '../../../src/lab/pki/certificate-request.ts'
import { parseName } from '../../../src/lab/pki/distinguished-name.ts'
import { decodeAllPem } from '../../../src/lab/pki/pem.ts'

/** What a view is relative to. */
export interface Surroundings {
  /** The request's creation. */
  readonly created: Date
  readonly requestPem: string
  readonly caPem: string
}

/** The fields of `outcome.certificate`. */
export function certificateView(pem: string, { created, requestPem, caPem }: Surroundings): object {
  const node = new X509Certificate(pem)
  const leaf = new x509.X509Certificate(Uint8Array.from(node.raw))
  const ca = new X509Certificate(caPem)
  const caKeyId = new x509.X509Certificate(Uint8Array.from(ca.raw)).getExtension(
    x509.SubjectKeyIdentifierExtension,
  )?.keyId
  const request = parseCertificateRequest(requestPem)
  const subject = parseName(Buffer.from(leaf.subjectName.toArrayBuffer())).attributes
  const seconds = (from: Date, to: Date): number => Math.round((to.getTime() - from.getTime()) / 1000)
  const constraints = leaf.getExtension(x509.BasicConstraintsExtension)
  const authorityKeyId = leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId
  return {
    pem,
    pemBlocks: decodeAllPem(pem).length,
    version: 3,
    subject: subject.map(({ type, value, stringType }) => [attributeNames[type] ?? type, value, stringType]),
    subjectRDNs: new Set(subject.map(({ rdn }) => rdn)).size,
    issuer: node.issuer,
    issuerIsCASubject: node.issuer === ca.subject,
    publicKeyIsThatOfRequest: 'ok' in request && Buffer.from(leaf.publicKey.rawData).equals(request.ok.spki),
    sans: namesOf(leaf),
    keyUsage: keyUsageOf(leaf),
    extKeyUsage:
      leaf
        .getExtension(x509.ExtendedKeyUsageExtension)
        ?.usages.map((usage) => extendedUsageNames[String(usage)] ?? String(usage)) ?? null,
    basicConstraints: constraints ? { ca: constraints.ca, pathLength: constraints.pathLength ?? null } : null,
    extensions: leaf.extensions.map(({ type, critical }) => [
      extensionNames[type] ?? type,
      critical ? 'critical' : 'not critical',
    ]),
    authorityKeyId: authorityKeyId === undefined ? null : { isCASubjectKeyId: authorityKeyId === caKeyId },
    subjectKeyId: leaf.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId ?? null,
    notBeforeMinusCreationSeconds: seconds(created, node.validFromDate),
    lifetimeSeconds: seconds(node.validFromDate, node.validToDate),
    notAfterMinusCreationSeconds: seconds(created, node.validToDate),
    notAfterIsCANotAfter: node.validTo === ca.validTo,
    signatureAlgorithm: signatureAlgorithmOf(leaf),
    serialBitLength: BigInt(`0x${node.serialNumber}`).toString(2).length,
    verifiesWithCA: node.verify(ca.publicKey),
  }
}

function namesOf(leaf: InstanceType<typeof x509.X509Certificate>): object {
  const names = leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? []
  const of = (kind: string): string[] => names.filter(({ type }) => type === kind).map(({ value }) => value)
  const kinds = ['dns', 'ip', 'email', 'url']
  return {
    dns: of('dns'),
    ip: of('ip').map((address) => ipaddr.parse(address).toString()),
    email: of('email'),
    uri: of('url'),
    other: names.filter(({ type }) => !kinds.includes(type)).length,
  }
}

/** In the words of `spec.usages`, by bit (RFC 5280 §4.2.1.3). */
const KEY_USAGES = [
  ...['digital signature', 'content commitment', 'key encipherment', 'data encipherment', 'key agreement'],
  ...['cert sign', 'crl sign', 'encipher only', 'decipher only'],
]

function keyUsageOf(leaf: InstanceType<typeof x509.X509Certificate>): string[] | null {
  const flags: number | undefined = leaf.getExtension(x509.KeyUsagesExtension)?.usages
  if (flags === undefined) return null
  return KEY_USAGES.filter((_, bit) => (flags & (1 << bit)) !== 0)
}

function signatureAlgorithmOf({ signatureAlgorithm }: InstanceType<typeof x509.X509Certificate>): string {
  const { name, hash } = signatureAlgorithm as unknown as { name: string; hash: { name: string } }
  const digest = hash.name.replace('-', '')
  return name === 'ECDSA' ? `ecdsa-with-${digest}` : `${digest.toLowerCase()}WithRSAEncryption`
}

const attributeNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
}

const extendedUsageNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
}

const extensionNames: Readonly<Record<string, string>> = {
  '2.5.29.14': 'subjectKeyIdentifier',
  '2.5.29.15': 'keyUsage',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.19': 'basicConstraints',
  '2.5.29.35': 'authorityKeyIdentifier',
  '2.5.29.37': 'extKeyUsage',
}
