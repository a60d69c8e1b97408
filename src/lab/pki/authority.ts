/** Certificate authorities: made, loaded, and used for the control plane's own certificates. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'

import { createCertificate, KeyUsage, type KeyUsageBit } from './certificate.ts'
import { ExtensionType, extensionValue, readCertificateContents } from '../../pki/certificate-contents.ts'
import { readElement } from '../../pki/der-reader.ts'
import { encodeName, nameOf } from './distinguished-name.ts'
import { encodePem } from './pem.ts'
import { noAlternativeNames, type SubjectAlternativeNames } from './subject-alternative-names.ts'

/** A CA that signs. */
export interface Authority {
  readonly certificatePem: string
  readonly keyPem: string
  readonly key: KeyObject
  /** DER of its subject: the issuer of what it signs. */
  readonly name: Buffer
  /** Its subject key identifier, where its certificate has one. */
  readonly keyId: Buffer | undefined
  readonly notAfter: Date
}

/** A certificate with its key. */
export interface KeyPair {
  readonly certificatePem: string
  readonly keyPem: string
}

/** Ten years, as kubeadm's CAs live. Source: cmd/kubeadm/app/constants/constants.go (CACertificateValidity). */
const CA_LIFETIME_DAYS = 3650
const DAY_MS = 86_400_000

/**
 * A new CA, shaped like kubeadm's: a subject key identifier, and key usages for signatures and signing.
 * @param given - a key that is there already, PEM; a new P-256 key otherwise.
 */
export async function createAuthority(commonName: string, now: Date, given?: string): Promise<Authority> {
  const { keyPem, key, spki } = given === undefined ? await createKey() : readKey(given)
  const name = encodeName(nameOf(commonName))
  const certificate = createCertificate(
    {
      serial: serialNumber(),
      subject: name,
      notBefore: now,
      notAfter: new Date(now.getTime() + CA_LIFETIME_DAYS * DAY_MS),
      spki,
      keyUsage: [KeyUsage.digitalSignature, KeyUsage.keyEncipherment, KeyUsage.certSign],
      extendedKeyUsage: [],
      isCa: true,
      subjectKeyId: keyIdentifier(spki),
      names: { ...noAlternativeNames, dnsNames: [commonName] },
    },
    { name, key },
  )
  return loadAuthority(encodePem('CERTIFICATE', certificate), keyPem)
}

/**
 * @throws TypeError when the certificate is not that of a CA, or the key is another's; Node's own errors when PEM or DER do not parse.
 */
export function loadAuthority(certificatePem: string, keyPem: string): Authority {
  const certificate = new X509Certificate(certificatePem)
  const key = createPrivateKey(keyPem)
  if (!certificate.ca) throw new TypeError('the certificate is not that of a certificate authority')
  if (!certificate.checkPrivateKey(key)) throw new TypeError('the key does not belong to the certificate')
  const contents = readCertificateContents(certificate.raw)
  const id = extensionValue(contents, ExtensionType.subjectKeyIdentifier)
  const keyId = id && readElement(id)?.contents
  return { certificatePem, keyPem, key, name: contents.subject, keyId, notAfter: new Date(certificate.validTo) }
}

/** What a certificate of the control plane is for. */
export interface Purpose {
  readonly commonName: string
  readonly organization?: string
  readonly extendedKeyUsage: 'server auth' | 'client auth'
  readonly names?: SubjectAlternativeNames
}

const EXTENDED_KEY_USAGE = { 'server auth': '1.3.6.1.5.5.7.3.1', 'client auth': '1.3.6.1.5.5.7.3.2' } as const
const LEAF_USAGES: readonly KeyUsageBit[] = [KeyUsage.digitalSignature, KeyUsage.keyEncipherment]

/**
 * A new key and a certificate for it, as kubeadm makes them: valid from the CA's own start for one year from now.
 * @param options.keyPem - a key that is there already; a new P-256 key otherwise.
 */
export async function issue(
  authority: Authority,
  purpose: Purpose,
  { now, lifetimeDays = 365, keyPem: given }: { now: Date; lifetimeDays?: number; keyPem?: string | undefined },
): Promise<KeyPair> {
  const { keyPem, spki } = given === undefined ? await createKey() : readKey(given)
  const certificate = createCertificate(
    {
      serial: serialNumber(),
      subject: encodeName(nameOf(purpose.commonName, purpose.organization)),
      notBefore: new Date(now.getTime() - 300_000),
      notAfter: new Date(Math.min(now.getTime() + lifetimeDays * DAY_MS, authority.notAfter.getTime())),
      spki,
      keyUsage: LEAF_USAGES,
      extendedKeyUsage: [EXTENDED_KEY_USAGE[purpose.extendedKeyUsage]],
      isCa: false,
      authorityKeyId: authority.keyId,
      ...(purpose.names && { names: purpose.names }),
    },
    authority,
  )
  return { certificatePem: encodePem('CERTIFICATE', certificate), keyPem }
}

/** The API server's certificate of a kubeadm cluster. Source: cmd/kubeadm/app/util/pkiutil/pki_helpers.go (GetAPIServerAltNames). */
export const apiServerPurpose = (hostName: string, extra: Partial<SubjectAlternativeNames> = {}): Purpose => ({
  commonName: 'kube-apiserver',
  extendedKeyUsage: 'server auth',
  names: {
    ...noAlternativeNames,
    dnsNames: [
      ...new Set([
        ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
        ...['localhost', hostName],
        ...(extra.dnsNames ?? []),
      ]),
    ],
    ipAddresses: [...new Set(['127.0.0.1', '::1', '10.96.0.1', ...(extra.ipAddresses ?? [])])],
  },
})

/** Whoever holds this may do everything. Source: cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go (admin.conf up to 1.28). */
export const administratorPurpose: Purpose = {
  commonName: 'kubernetes-admin',
  organization: 'system:masters',
  extendedKeyUsage: 'client auth',
}

/** 127 random bits, so that the number is positive in 16 octets. */
const serialNumber = (): Buffer => {
  const serial = randomBytes(16)
  serial[0] = (serial[0] ?? 0) & 0x7f
  return serial
}

/** A new P-256 key. @returns its PEM (SEC1), itself, and the DER of its SubjectPublicKeyInfo. */
export async function createKey(): Promise<{ keyPem: string; key: KeyObject; spki: Buffer }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  return {
    keyPem: privateKey.export({ format: 'pem', type: 'sec1' }),
    key: privateKey,
    spki: publicKey.export({ format: 'der', type: 'spki' }),
  }
}

/** @throws Node's own error when the PEM is none, or encrypted. */
function readKey(keyPem: string): { keyPem: string; key: KeyObject; spki: Buffer } {
  return {
    keyPem,
    key: createPrivateKey(keyPem),
    spki: createPublicKey(keyPem).export({ format: 'der', type: 'spki' }),
  }
}

/** SHA-1 over the key's bits (RFC 5280 §4.2.1.2, method 1). */
function keyIdentifier(spki: Buffer): Buffer {
  const algorithm = readElement(readElement(spki)?.contents ?? Buffer.alloc(0))
  const bits = algorithm && readElement(algorithm.rest)
  return createHash('sha1')
    .update(bits?.contents.subarray(1) ?? spki)
    .digest()
}
