import { relative } from 'node:path'
import { unreachable } from '../errors.ts'
import type { CertificateFinding, Inventory, KeyFinding, Place } from '../inventory/inventory.ts'
import { columns, tableLines, wrapped } from './columns.ts'
import type { Paint, Tone } from './paint.ts'
import { printable } from './printable.ts'
import { moment, timeLeft } from './time-left.ts'

/** How an inventory is shown. */
export interface InventoryView {
  readonly now: Date
  readonly paint: Paint
  /** Of the terminal. */
  readonly width: number | undefined
  /** The folder that paths are shown from; undefined: as they are. */
  readonly base: string | undefined
  /** Everything of each certificate, rather than a line. */
  readonly detailed: boolean
}

/** What was found, for people: a table for each CA with what it signed, then keys, other credentials, and remarks. */
export function describeInventory(inventory: Inventory, view: InventoryView): string {
  const { certificates, keys, others, remarks } = inventory
  const shown = view.detailed
    ? certificates.map((one) => details(one, view))
    : sets(certificates).map(([title, members]) => setOf(title, members, view))
  const plain = keys.map((key) => [nameOf(key, view), keyWords(key)] as const)
  const also = others.map((other) => [nameOf(other, view), other.what] as const)
  const odd = remarks.map((remark) => [nameOf(remark, view), remark.why, remark.kind] as const)
  const faulty = odd.filter(([, , kind]) => kind !== 'left out')
  return [
    ...shown,
    ...list('Keys without a certificate', plain, view),
    ...list('Servers and other credentials', also, view),
    ...list('Cannot be used or looked at', faulty, view, 'bad'),
    ...list(
      'Left out',
      odd.filter((one) => !faulty.includes(one)),
      view,
      'faint',
    ),
  ].join('\n')
}

/** For programs. Its fields are API: docs/status.md. */
export function inventoryAsJson({ certificates, keys, others, remarks }: Inventory, now: Date): object {
  const plain: unknown = JSON.parse(
    JSON.stringify({
      certificates: certificates.map(({ root: _root, ...one }) => ({
        ...one,
        secondsLeft: Math.floor((one.notAfter.getTime() - now.getTime()) / 1000),
      })),
      keys,
      others,
      remarks,
    }),
  )
  return plain as object
}

/** Certificates by the CA at the top of their chains, that CA first; those without one by their issuer's name. */
function sets(certificates: readonly CertificateFinding[]): [string, CertificateFinding[]][] {
  const place = ({ path, entry }: Place): string => JSON.stringify([path, entry])
  const groups = Map.groupBy(certificates, ({ root, signedBy, subject, issuer }) =>
    root ? place(root) : signedBy.kind === 'itself' ? `self-signed ${subject}` : `issuer ${issuer}`,
  )
  return [...groups].map(([key, members]) => {
    const top = members.find((one) => place(one) === key)
    const [first] = members
    if (top) return [`${top.use ?? 'CA'}, ${top.subject}`, [top, ...members.filter((one) => one !== top)]]
    return [
      first?.signedBy.kind === 'itself' ? 'Self-signed' : `Signed by ${first?.issuer ?? ''}, whose CA is not here`,
      members,
    ]
  })
}

function setOf(title: string, members: readonly CertificateFinding[], view: InventoryView): string {
  const head = ['NAME', 'FOR', 'EXPIRES', 'LEFT', 'STATE']
  const rows = members.map((one) => [
    nameOf(one, view),
    forWords(one),
    one.notAfter.toISOString().slice(0, 10),
    timeLeft(one.notAfter, view.now),
    stateOf(one, view.now).word,
  ])
  const paint = (cell: string, column: number, row: number): string => {
    const one = members[row - 1]
    if (!one) return view.paint('faint', cell)
    return column === 4 ? view.paint(stateOf(one, view.now).tone, cell) : cell
  }
  const [header = '', ...lines] = tableLines([head, ...rows], { width: view.width, indent: 2, paint })
  const withNotes = lines.flatMap((line, index) => [line, ...notes(members[index], view)])
  return `${wrapped(printable(title), view.width)
    .map((line) => view.paint('title', line))
    .join('\n')}\n${[header, ...withNotes].map((line) => `${line}\n`).join('')}`
}

/** Below a line: what is wrong, and where else the certificate is; not of a CA, which is everywhere. */
function notes(one: CertificateFinding | undefined, view: InventoryView): string[] {
  if (!one) return []
  const width = view.width === undefined ? undefined : view.width - 4
  const also = one.allows.includes('ca') ? [] : one.alsoAt.map((place) => `also at ${nameOf(place, view)}`)
  const lines = (tone: Tone, words: readonly string[]): string[] =>
    words.flatMap((text) => wrapped(printable(text), width).map((line) => `    ${view.paint(tone, line)}`))
  return [...lines('bad', one.faults), ...lines('faint', also)]
}

function details(one: CertificateFinding, view: InventoryView): string {
  const { now, paint, width } = view
  const { word, tone } = stateOf(one, now)
  const rows: (readonly [string, string])[] = [
    ['certificate', nameOf(one, view)],
    ...one.alsoAt.map((place) => ['  also at', nameOf(place, view)] as const),
    ...(one.use === undefined ? [] : [['  use', one.use] as const]),
    ['  for', forWords(one)],
    ['  subject', one.subject],
    ['  issuer', one.issuer],
    ['  serial', one.serial],
    ...(one.names.length > 0 ? [['  names', one.names.join(', ')] as const] : []),
    ['  valid', `${moment(one.notBefore)} to ${moment(one.notAfter)} (${timeLeft(one.notAfter, now)} left)`],
    ['  signed by', signedWords(one, view)],
    ['  key', certificateKeyWords(one, view)],
    ...(one.allows.includes('ca') ? [['  pin', one.pin] as const] : []),
    ['  state', [word, ...one.faults].join('; ')],
  ]
  return columns(
    rows.map(([label, value]) => [label, printable(value)] as const),
    width,
  ).replace(/^( {2}state +)([^;\n]+)/m, (_, label: string, words: string) => `${label}${paint(tone, words)}`)
}

function stateOf({ worth, due, notAfter, notBefore }: CertificateFinding, now: Date): { word: string; tone: Tone } {
  switch (worth) {
    case 'unused':
      return { word: 'earlier', tone: 'faint' }
    case 'usable':
      return due ? { word: 'renew', tone: 'warning' } : { word: 'ok', tone: 'good' }
    case 'unusable':
      return { word: now > notAfter ? 'expired' : now < notBefore ? 'not yet' : 'faulty', tone: 'bad' }
    default:
      return unreachable(worth)
  }
}

function forWords({ allows }: CertificateFinding): string {
  return allows.map((use) => (use === 'ca' ? 'CA' : use)).join(', ') || 'other'
}

function signedWords({ signedBy }: CertificateFinding, view: InventoryView): string {
  switch (signedBy.kind) {
    case 'itself':
      return 'itself'
    case 'ca':
      return `${nameOf(signedBy, view)}, by its signature`
    case 'namesake':
      return `another CA than ${nameOf(signedBy, view)}, which has the same name`
    case 'not here':
      return 'a CA that is not among these paths'
    default:
      return unreachable(signedBy)
  }
}

function certificateKeyWords({ key }: CertificateFinding, view: InventoryView): string {
  if (key.kind === 'not here') return 'not here'
  return key.kind === 'matches' ? `matches, in ${nameOf(key, view)}` : `another one, in ${nameOf(key, view)}`
}

function keyWords({ use, type, half, faults }: KeyFinding): string {
  return [`${half} ${type}${use === undefined ? '' : `, ${use}`}`, ...faults].join('; ')
}

function list(
  title: string,
  rows: readonly (readonly [string, string, ...string[]])[],
  { paint, width }: InventoryView,
  tone?: Tone,
): string[] {
  if (rows.length === 0) return []
  const lines = rows.flatMap(([name, words]) =>
    wrapped(printable(`${name}: ${words}`), width === undefined ? undefined : width - 4).map(
      (line, index) => `  ${index > 0 ? '  ' : ''}${line}`,
    ),
  )
  return [`${paint('title', title)}\n${lines.map((line) => `${tone ? paint(tone, line) : line}\n`).join('')}`]
}

function nameOf({ path, entry }: Place, { base }: Pick<InventoryView, 'base'>): string {
  const shown = base === undefined ? path : relative(base, path) || path
  return printable(entry === undefined ? shown : `${shown}, ${entry}`)
}
