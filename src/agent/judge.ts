import { createPublicKey } from 'node:crypto'
import { type Certificate, readCertificates } from '../csr/certificate.ts'
import type { Purpose } from '../csr/constants.ts'
import { checkIssuedCertificate, type IssuedCertificate } from '../csr/issued-certificate.ts'
import { CertletError } from '../errors.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import { type Pair, readPair } from '../store/pair.ts'

/** A credential found on disk, judged: `usable` means that key, subject, names and dates are right for this node and moment. */
export type Judged =
  | Usable
  /** `found` is the certificate, where one could be read at all. */
  | { readonly kind: 'unusable'; readonly why: string; readonly found?: Certificate }
  | { readonly kind: 'absent' }

export interface Usable {
  readonly kind: 'usable'
  readonly pair: Pair
  readonly certificate: IssuedCertificate
}

/** What a credential has to be. */
export interface Needs {
  readonly identity: NodeIdentity
  readonly purpose: Purpose
  readonly subjectAltNames?: SubjectAltNames | undefined
  readonly now: Date
  /** Whether a key was made on another machine: then it is a copy, and the original may be in use. */
  readonly madeElsewhere: (privateKeyPem: string) => boolean
}

/**
 * Judges a pair by the rules that an issued certificate is checked by. Nothing that is wrong with it is an error.
 * @throws whatever `madeElsewhere` throws: a disk that cannot be read says nothing about the pair.
 */
export function judge(pair: Pair, needs: Needs): Judged {
  const why = faultOf(pair, needs)
  if (typeof why !== 'string') return why
  const found = firstCertificate(pair.certificatePem)
  return { kind: 'unusable', why, ...(found && { found }) }
}

function faultOf({ certificatePem, privateKeyPem }: Pair, { madeElsewhere, ...needs }: Needs): Usable | string {
  // A kubeconfig may name one file for both: what is looked at is the key in it, not the certificate that stands before it.
  const pair = readPair(certificatePem, privateKeyPem)
  if ('broken' in pair) return pair.broken
  // Outside of the try: a disk that does not say is no fault of the pair.
  if (madeElsewhere(pair.privateKeyPem)) {
    return 'its key was made on another machine (/etc/machine-id differs): this disk is a copy'
  }
  try {
    const spki = createPublicKey(pair.privateKeyPem).export({ type: 'spki', format: 'der' })
    const certificate = checkIssuedCertificate({ pem: pair.certificatePem, spki, ...needs })
    if (!certificate.notYetValid) return { kind: 'usable', pair, certificate }
    return `it is not valid before ${certificate.notBefore.toISOString()}`
  } catch (error) {
    if (error instanceof CertletError) return error.message.replace(/^[^:]*: /, '')
    return 'its private key cannot be read'
  }
}

function firstCertificate(pem: string): Certificate | undefined {
  try {
    return readCertificates(pem)[0]
  } catch {
    return undefined
  }
}

/** Judges the pair that a store holds as its current one. */
export function judgeCurrent(store: Pick<CredentialStore, 'readCurrent'>, needs: Needs): Judged {
  const current = store.readCurrent()
  if (current === undefined) return { kind: 'absent' }
  if (current.broken !== undefined) return { kind: 'unusable', why: `"${current.path}": ${current.broken}` }
  return judge(current, needs)
}
