import { createPublicKey, type KeyObject } from 'node:crypto'
import type { ReadCertificate } from '../csr/certificate.ts'
import type { OtherFinding, Place, Remark } from './inventory.ts'

/** One thing that stands at a place, before it is seen with the others. */
export type Item =
  | ({ readonly kind: 'certificate' } & CertificateItem)
  | ({ readonly kind: 'key' } & KeyItem)
  | ({ readonly kind: 'other' } & OtherFinding)
  | { readonly kind: 'remark'; readonly remark: Remark }

export interface CertificateItem {
  readonly place: Place
  readonly certificate: ReadCertificate
  /** The key that stands where this certificate's key belongs, if one does. */
  readonly ownKey?: KeyItem
}

export interface KeyItem {
  readonly place: Place
  readonly half: 'private' | 'public'
  readonly type: string
  readonly id: KeyId
}

/** A public key's SPKI, in base64: two of them are equal if the keys are. */
export type KeyId = string & { readonly brand: 'KeyId' }

export function keyIdOf(key: KeyObject): KeyId {
  const half = key.type === 'private' ? createPublicKey(key) : key
  return half.export({ type: 'spki', format: 'der' }).toString('base64') as KeyId
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** `EC P-256`, `RSA 2048`, `ED25519`. */
export function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): string {
  const { namedCurve, modulusLength } = details ?? {}
  if (namedCurve !== undefined) return `EC ${CURVES[namedCurve] ?? namedCurve}`
  return [
    (asymmetricKeyType ?? 'unknown').toUpperCase(),
    ...(modulusLength === undefined ? [] : [String(modulusLength)]),
  ].join(' ')
}
