import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readCertificate, type ReadCertificate } from '../csr/certificate.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import type { Place, Remark } from './inventory.ts'
import { type CertificateItem, type Item, keyIdOf, type KeyItem, keyTypeOf } from './item.ts'

/** Whether a text means to be PEM. */
export function isPem(text: string): boolean {
  return text.includes('-----BEGIN ')
}

/** All that a PEM text holds. The first certificate of a text with a key in it is for that key. */
export function pemItems(text: string, place: Place): Item[] {
  const blocks = pemBlocks(text)
  const marks = text.match(/^-----BEGIN /gm)?.length ?? 0
  const damaged = marks - blocks.length
  const keys: KeyItem[] = []
  const certificates: CertificateItem[] = []
  const rest: Item[] = damaged > 0 ? [broken(place, `${damaged} of its ${marks} PEM blocks cannot be decoded`)] : []
  const many = blocks.filter(({ label }) => label === 'CERTIFICATE').length > 1
  for (const { label, der } of blocks) {
    if (label === 'CERTIFICATE') {
      const count = certificates.length + 1
      const at = many ? { ...place, entry: [place.entry, `certificate ${count}`].filter(Boolean).join(', ') } : place
      const certificate = certificateOf(der)
      if (certificate) certificates.push({ place: at, certificate })
      else rest.push(broken(place, 'a certificate in it cannot be parsed'))
    } else if (label === 'ENCRYPTED PRIVATE KEY' || /Proc-Type: 4,ENCRYPTED/.test(text)) {
      rest.push({ kind: 'other', ...place, what: 'an encrypted private key, which cannot be compared' })
    } else if (label.endsWith('PRIVATE KEY') || label === 'PUBLIC KEY') {
      const half = label === 'PUBLIC KEY' ? 'public' : 'private'
      const key = keyOf(encodePem(label, der), half)
      if (key) keys.push({ place, half, type: keyTypeOf(key), id: keyIdOf(key) })
      else rest.push(broken(place, `a ${half} key in it cannot be parsed`))
    } else if (label !== 'EC PARAMETERS') {
      rest.push({ kind: 'other', ...place, what: wordsOf(label) })
    }
  }
  const ownKey = keys.find(({ half }) => half === 'private')
  return [
    ...certificates.map((item, index): Item => ({
      kind: 'certificate',
      ...item,
      ...(index === 0 && ownKey && { ownKey }),
    })),
    ...keys.map((key): Item => ({ kind: 'key', ...key })),
    ...rest,
  ]
}

/** A certificate without PEM around it, if that is what the bytes are. */
export function derItem(content: Buffer, place: Place): Item | undefined {
  const certificate = content[0] === 0x30 ? certificateOf(content) : undefined
  return certificate && { kind: 'certificate', place, certificate }
}

export function broken(place: Place, why: string): { kind: 'remark'; remark: Remark } {
  return { kind: 'remark', remark: { ...place, kind: 'broken', why } }
}

function certificateOf(der: Uint8Array): ReadCertificate | undefined {
  try {
    return readCertificate(der)
  } catch {
    return undefined
  }
}

/** OpenSSL's errors say no more that helps, and might quote. */
function keyOf(pem: string, half: KeyItem['half']): KeyObject | undefined {
  try {
    return half === 'private' ? createPrivateKey(pem) : createPublicKey(pem)
  } catch {
    return undefined
  }
}

function wordsOf(label: string): string {
  if (label === 'CERTIFICATE REQUEST' || label === 'NEW CERTIFICATE REQUEST') return 'a certificate request'
  return label === 'X509 CRL' ? 'a list of revoked certificates' : `a PEM block "${label.slice(0, 40)}"`
}
