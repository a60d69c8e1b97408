import { sign } from 'node:crypto'
import { ipOctets } from '../identity/ip-address.ts'
import type { KeyPair, KeyType } from '../identity/key-pair.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import { ExtensionType } from '../pki/certificate-contents.ts'
import {
  bitString,
  element,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  Tag,
  tagged,
  taggedPrimitive,
  unsignedInteger,
} from '../pki/der.ts'
import { encodeSignatureAlgorithm, type SignatureAlgorithm } from '../pki/signature-algorithm.ts'
import { type AlternativeNames, readAlternativeNames } from './alternative-names.ts'

const LABEL = 'CERTIFICATE REQUEST'

/**
 * A PKCS#10 request, byte for byte as a kubelet makes it but for key and signature: two RDNs, O before CN, both PrintableString; no
 * attributes without names, else one extensionRequest with subjectAltName (not critical, DNS names before IP addresses).
 * Source: client-go util/cert, MakeCSRFromTemplate; Go crypto/x509, CreateCertificateRequest.
 */
export function createCertificateRequest({
  identity,
  keyPair,
  subjectAltNames,
}: {
  identity: NodeIdentity
  keyPair: Pick<KeyPair, 'type' | 'privateKey' | 'spki'>
  subjectAltNames?: SubjectAltNames | undefined
}): { pem: string; der: Uint8Array } {
  const info = sequence(VERSION, subject(identity), keyPair.spki, attributes(subjectAltNames))
  const algorithm = SIGNATURES[keyPair.type]
  const signature = sign(algorithm.hash?.replace('-', ''), info, keyPair.privateKey)
  const der = sequence(info, encodeSignatureAlgorithm(algorithm), bitString(signature))
  return { pem: encodePem(LABEL, der), der }
}

/** Version 1 of PKCS#10. */
const VERSION = unsignedInteger(Buffer.from([0]))

/** Hash by key size. Source: client-go util/cert, csr.go; P-384 and Ed25519 as Go's x509.CreateCertificateRequest chooses. */
const SIGNATURES: Record<KeyType, SignatureAlgorithm> = {
  'ecdsa-p256': { scheme: 'ECDSA', hash: 'SHA-256' },
  'ecdsa-p384': { scheme: 'ECDSA', hash: 'SHA-384' },
  'rsa-2048': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  'rsa-3072': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' },
  'rsa-4096': { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' },
  ed25519: { scheme: 'Ed25519' },
}

function subject({ organization, commonName }: NodeIdentity): Buffer {
  const name = (type: string, value: string): Buffer =>
    setOf(sequence(objectIdentifier(type), element(Tag.printableString, Buffer.from(value, 'latin1'))))
  return sequence(name('2.5.4.10', organization), name('2.5.4.3', commonName))
}

function attributes({ dnsNames, ipAddresses }: SubjectAltNames = { dnsNames: [], ipAddresses: [] }): Buffer {
  if (dnsNames.length + ipAddresses.length === 0) return tagged(0)
  const dns = dnsNames.map((name) => taggedPrimitive(2, Buffer.from(name, 'latin1')))
  const ips = ipAddresses.map((ip) => taggedPrimitive(7, octetsOf(ip)))
  const extension = sequence(objectIdentifier(ExtensionType.subjectAltName), octetString(sequence(...dns, ...ips)))
  return tagged(0, sequence(objectIdentifier(EXTENSION_REQUEST), setOf(sequence(extension))))
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

function octetsOf(ip: string): Uint8Array {
  const octets = ipOctets(ip)
  if (!octets) throw new TypeError(`${JSON.stringify(ip)} is no IP address`)
  return octets
}

/** A request, decoded. */
export interface ParsedRequest {
  commonName: string
  organization: string[]
  subjectAltNames: AlternativeNames
  /** Subject public key info, DER. */
  spki: Uint8Array
  /** Whether the request is signed by the key that it bears. */
  signatureValid: boolean
}

/**
 * Reads the first PEM block of `pem`, as the API server does.
 * @throws Error if that is no certificate request. A wrong signature is no error here, but `signatureValid: false`.
 */
export async function parseCertificateRequest(pem: string): Promise<ParsedRequest> {
  const [block] = pemBlocks(pem)
  if (block?.label !== LABEL) throw new Error(`the first PEM block is not a ${LABEL}`)
  const { cryptoProvider, x509 } = await import('../identity/crypto-provider.ts')
  const request = new x509.Pkcs10CertificateRequest(Buffer.from(block.der))
  const names = request.getExtension(ExtensionType.subjectAltName)
  return {
    commonName: request.subjectName.getField('CN').at(-1) ?? '',
    organization: request.subjectName.getField('O'),
    subjectAltNames: readAlternativeNames(names ? Buffer.from(names.value) : undefined),
    spki: new Uint8Array(request.publicKey.rawData),
    signatureValid: await request.verify(cryptoProvider).catch(() => false),
  }
}
