import { ExtendedKeyUsage } from '../pki/certificate-contents.ts'
import { pinOf, pinText } from '../discovery/ca-pins.ts'
import type { ReadCertificate } from '../csr/certificate.ts'
import { findFiles, type FoundFile, besideFile } from './found-file.ts'
import type { CertificateFinding, Inventory, KeyFinding, KeyOf, KeyUse, Place, Remark, SignedBy } from './inventory.ts'
import { chainAbove, type Located, signedByOf, signerOf } from './issuers.ts'
import { type CertificateItem, type Item, type KeyId, keyIdOf, type KeyItem } from './item.ts'
import { certletsOwn, isDatedPair, knownFile } from './known-files.ts'
import { isKubeconfig, kubeconfigItems } from './kubeconfig-items.ts'
import { type Margin, renewalTime } from './margin.ts'
import { derItem, isPem, pemItems } from './pem-items.ts'

/** What stands at the given paths, and what it is worth. Nothing that is wrong is an error, and nothing is changed. */
export function takeInventory(paths: readonly string[], { now, margin }: { now: Date; margin: Margin }): Inventory {
  const items = findFiles(paths).flatMap(itemsOf)
  const certificates = certificateFindings(items, { now, margin })
  const ids = new Set(certificateItems(items).map(({ certificate }) => keyIdOf(certificate.node.publicKey)))
  return {
    certificates,
    keys: keyFindings(items)
      .filter(({ id }) => !ids.has(id))
      .map(({ id: _id, ...finding }) => finding),
    others: items.flatMap((item) => (item.kind === 'other' ? [withoutKind(item)] : [])),
    remarks: items.flatMap((item) => (item.kind === 'remark' ? [item.remark] : [])),
  }
}

function itemsOf(file: FoundFile): Item[] {
  const { path, named } = file
  const remark = (kind: Remark['kind'], why: string): Item[] => [{ kind: 'remark', remark: { path, kind, why } }]
  const own = certletsOwn(path)
  if (own !== undefined) return remark('left out', own)
  if (file.kind !== 'file') return remark(file.kind === 'left out' && named ? 'broken' : file.kind, file.why)
  const text = file.content.toString('utf8')
  if (isKubeconfig(text)) return kubeconfigItems(text, path)
  if (isPem(text)) return pemItems(text, { path })
  const der = derItem(file.content, { path })
  if (der) return [der]
  const why = text.trim() === '' ? 'it is empty' : 'neither PEM, nor a certificate, nor a kubeconfig'
  // In a folder there may be anything; what bears the name of a certificate, or was named, has to be one.
  return remark(named || /\.(crt|cer|pem|key|pub)$/.test(path) ? 'broken' : 'left out', why)
}

function certificateItems(items: readonly Item[]): CertificateItem[] {
  return items.flatMap((item) => (item.kind === 'certificate' ? [item] : []))
}

function keyItems(items: readonly Item[]): KeyItem[] {
  return items.flatMap((item) => (item.kind === 'key' ? [item] : []))
}

function certificateFindings(items: readonly Item[], when: { now: Date; margin: Margin }): CertificateFinding[] {
  const same = Map.groupBy(certificateItems(items), ({ certificate }) => certificate.node.fingerprint256)
  const found = [...same.values()].flatMap((group) =>
    group[0] ? [{ group, located: group[0] satisfies Located }] : [],
  )
  const all = found.map(({ located }) => located)
  const signers = new Map(all.map((located) => [located, signerOf(located, all)]))
  const keys = keyItems(items)
  const linked = new Set(
    found.flatMap(({ group }) => (group.some(({ place }) => place.path.endsWith('-current.pem')) ? group : [])),
  )
  return found.map(({ group, located }) => {
    const { certificate, place } = located
    const above = chainAbove(located, signers)
    const signedBy = signedByOf(located, signers.get(located), all)
    const key = keyFor(group, keys)
    const known = knownFile(place.path)
    const allows = usesOf(certificate)
    const lacking = place.entry === undefined ? (known?.needs ?? []).filter((use) => !allows.includes(use)) : []
    const faults = [
      ...datesFaults(certificate, when.now),
      ...above.flatMap((ca) =>
        datesFaults(ca.certificate, when.now).map((why) => `its CA, ${ca.certificate.subject}: ${why}`),
      ),
      ...(signedBy.kind === 'namesake' ? [namesakeFault(signedBy)] : []),
      ...(key.kind === 'differs' ? [`the key in ${key.path} is not its key`] : []),
      ...(lacking.length > 0 ? [`its usages do not allow it to be a ${lacking.join(' and ')}`] : []),
    ]
    // An earlier pair is kept on purpose, until the next rotation removes it.
    const unused =
      linked.size > 0 && !group.some((item) => linked.has(item)) && group.every((item) => isDatedPair(item.place.path))
    const root = above.at(-1) ?? (allows.includes('ca') ? located : undefined)
    return {
      ...place,
      alsoAt: group.slice(1).map((item) => item.place),
      ...(known && place.entry === undefined && { use: known.use }),
      allows,
      subject: certificate.subject,
      issuer: certificate.issuer,
      serial: certificate.serial,
      names: Object.values(certificate.subjectAltNames as unknown as Record<string, readonly string[]>).flat(),
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      pin: pinText(pinOf(certificate.node)),
      signedBy,
      key,
      worth: unused ? 'unused' : faults.length > 0 ? 'unusable' : 'usable',
      faults,
      due: isDue(certificate, allows, when),
      ...(root && { root: root.place }),
    }
  })
}

/** The key of a certificate wherever it was found, else one that stands where it belongs and is another. */
function keyFor(group: readonly CertificateItem[], keys: readonly KeyItem[]): KeyOf {
  const [first] = group
  if (!first) return { kind: 'not here' }
  const id = keyIdOf(first.certificate.node.publicKey)
  for (const { place, ownKey } of group) {
    const beside = keys.find((key) => key.half === 'private' && besideFile(place.path).includes(key.place.path))
    const belonging = ownKey ?? (place.entry === undefined ? beside : undefined)
    if (belonging && belonging.id !== id) return { kind: 'differs', path: belonging.place.path }
  }
  const match = keys.find((key) => key.half === 'private' && key.id === id)
  return match ? { kind: 'matches', path: match.place.path } : { kind: 'not here' }
}

function usesOf({ node, extendedKeyUsage: extended }: ReadCertificate): KeyUse[] {
  if (node.ca) return ['ca']
  // Without the extension nothing is ruled out. Source: RFC 5280 §4.2.1.12.
  const allows = (oid: string): boolean =>
    extended === undefined || extended.includes(oid) || extended.includes(ExtendedKeyUsage.any)
  return [
    ...(allows(ExtendedKeyUsage.clientAuth) ? (['client'] as const) : []),
    ...(allows(ExtendedKeyUsage.serverAuth) ? (['server'] as const) : []),
  ]
}

function datesFaults({ notBefore, notAfter }: ReadCertificate, now: Date): string[] {
  if (now > notAfter) return [`expired at ${notAfter.toISOString()}`]
  return now < notBefore ? [`not valid before ${notBefore.toISOString()}`] : []
}

/** A CA is renewed by hand, and long before its last third: only a duration counts for it. */
function isDue(
  certificate: ReadCertificate,
  allows: readonly KeyUse[],
  { now, margin }: { now: Date; margin: Margin },
): boolean {
  return !('share' in margin && allows.includes('ca')) && renewalTime(certificate, margin) <= now
}

function namesakeFault({ path }: Extract<SignedBy, { kind: 'namesake' }>): string {
  return `${path} has its issuer’s name, but did not sign it: it is from another CA`
}

/** Keys without a certificate, each once. A pair in two files (sa.key, sa.pub) has to be one. */
function keyFindings(items: readonly Item[]): (KeyFinding & { id: KeyId })[] {
  const keys = keyItems(items)
  return keys.map(({ place, half, type, id }) => {
    const known = knownFile(place.path)
    const [beside] = keys.filter((key) => half === 'public' && besideFile(place.path).includes(key.place.path))
    const faults = beside && beside.id !== id ? [`it does not belong to ${beside.place.path}`] : []
    return { ...place, ...(known && { use: known.use }), type, half, faults, id }
  })
}

function withoutKind({ path, entry, what }: Place & { what: string }): Place & { what: string } {
  return { path, ...(entry !== undefined && { entry }), what }
}
