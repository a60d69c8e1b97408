/**
 * The words of `spec.usages` as certificate extensions.
 * Source: pkg/controller/certificates/authority/policies.go (keyUsagesFromStrings).
 */
import { KeyUsage, type KeyUsageBit } from './certificate.ts'

const keyUsages: Readonly<Record<string, KeyUsageBit>> = {
  signing: KeyUsage.digitalSignature,
  'digital signature': KeyUsage.digitalSignature,
  'content commitment': KeyUsage.contentCommitment,
  'key encipherment': KeyUsage.keyEncipherment,
  'key agreement': KeyUsage.keyAgreement,
  'data encipherment': KeyUsage.dataEncipherment,
  'cert sign': KeyUsage.certSign,
  'crl sign': KeyUsage.crlSign,
  'encipher only': KeyUsage.encipherOnly,
  'decipher only': KeyUsage.decipherOnly,
}

/** In the order in which they are written, which is that of Go's constants. */
const extendedKeyUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
}

const extendedInOrder = Object.entries(extendedKeyUsages)

/** Every word that `spec.usages` may hold. */
export const knownUsages: ReadonlySet<string> = new Set([...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)])

/** Words that mean the same as another one, which a certificate is then read to say. */
const synonyms: Readonly<Record<string, string>> = { signing: 'digital signature', 's/mime': 'email protection' }

/** What a certificate made of `usages` says, in the words of `spec.usages`: each meaning once, key usages before extended ones. */
export function keyUsageWords(usages: readonly string[]): string[] {
  const words = new Set(usages.map((usage) => synonyms[usage] ?? usage))
  return [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)].filter((word) => words.has(word))
}

/** What a certificate says, in the words of `spec.usages`: of each meaning the usual word; extended usages without one as they are. */
export function usageWordsOf(bits: readonly number[], extendedIds: readonly string[]): string[] {
  const wordFor = (table: Readonly<Record<string, unknown>>, meaning: unknown): string =>
    Object.keys(table).find((word) => table[word] === meaning && !(word in synonyms)) ?? String(meaning)
  return [...bits.map((bit) => wordFor(keyUsages, bit)), ...extendedIds.map((id) => wordFor(extendedKeyUsages, id))]
}

/** @param usages - words of `spec.usages`; unknown ones, which the API server refuses, are left out. */
export function keyUsagesOf(usages: readonly string[]): {
  keyUsage: readonly KeyUsageBit[]
  extendedKeyUsage: readonly string[]
} {
  const keyUsage = new Set<KeyUsageBit>()
  for (const usage of usages) {
    const bit = keyUsages[usage]
    if (bit !== undefined) keyUsage.add(bit)
  }
  const extendedKeyUsage = new Set<string>()
  for (const [word, id] of extendedInOrder) if (usages.includes(word)) extendedKeyUsage.add(id)
  return { keyUsage: [...keyUsage], extendedKeyUsage: [...extendedKeyUsage] }
}
