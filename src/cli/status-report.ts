import type { CredentialReport } from '../agent/report.ts'
import { unreachable } from '../errors.ts'
import type { CredentialStatus, DaemonStatus, Found, NodeStatus } from '../status/status.ts'
import { columns } from './columns.ts'
import type { Paint, Tone } from './paint.ts'
import { printable } from './printable.ts'
import { moment, timeLeft } from './time-left.ts'

type Rows = (readonly [string, string])[]

/** How a node's state is shown. */
export interface StatusView {
  readonly now: Date
  readonly paint: Paint
  /** Of the terminal. */
  readonly width: number | undefined
}

/** How a node stands, for people. */
export function describeStatus(
  { nodeName, kubeconfig, client, serving, daemon }: NodeStatus,
  { now, paint, width }: StatusView,
): string {
  const { server } = kubeconfig
  const rows: Rows = [
    ['node', nodeName],
    ['kubeconfig', `${wordsOf(kubeconfig)}: ${kubeconfig.path}`],
    ...(server === undefined ? [] : [['server', server] as const]),
    ...credentialRows(client, now),
    ...(serving ? credentialRows(serving, now) : []),
    ...daemonRows(daemon),
  ]
  const text = columns(
    rows.map(([label, value]) => [label, printable(value)] as const),
    width,
  )
  return text.replace(
    /^(kubeconfig|client|serving)( +)(usable|none yet|cannot be [a-z ]+)/gm,
    (_, label: string, gap: string, word: string) => `${paint('title', label)}${gap}${paint(toneOf(word), word)}`,
  )
}

function toneOf(word: string): Tone {
  if (word === 'usable') return 'good'
  return word === 'none yet' ? 'warning' : 'bad'
}

/** For programs. Its fields are API: docs/status.md. */
export function statusAsJson({ nodeName, kubeconfig, client, serving, daemon }: NodeStatus): object {
  const plain: unknown = JSON.parse(JSON.stringify({ kubeconfig, client, serving: serving ?? null, daemon }))
  return { node: nodeName, ...(plain as object) }
}

function credentialRows({ purpose, path, certificate, request, waits, ...found }: CredentialStatus, now: Date): Rows {
  return [
    [purpose, `${wordsOf(found)}: ${path}`],
    ...(certificate
      ? ([
          ['  subject', certificate.subject],
          ['  issuer', certificate.issuer],
          ['  serial', certificate.serial],
          ...(certificate.names.length > 0 ? [['  names', certificate.names.join(', ')] as const] : []),
          ['  valid', `${moment(certificate.notBefore)} to ${moment(certificate.notAfter)}`],
          ...(found.worth === 'usable' ? [['  rotation', inTime(certificate.rotateAt, now)] as const] : []),
        ] as const)
      : []),
    ...(request === undefined ? [] : [['  request', `${request} (kubectl get csr ${request})`] as const]),
    ...(waits === undefined ? [] : [['  waits', waits] as const]),
  ]
}

function wordsOf({ worth, why = '' }: Found): string {
  switch (worth) {
    case 'usable':
      return 'usable'
    case 'absent':
      return 'none yet'
    case 'unusable':
      return `cannot be used, ${why}`
    case 'unknown':
      return `cannot be looked at, ${why}`
    default:
      return unreachable(worth)
  }
}

function daemonRows(daemon: DaemonStatus): Rows {
  switch (daemon.state) {
    case 'none':
      return [['certlet run', 'not at work on this folder, or without a control socket']]
    case 'silent':
      return [['certlet run', daemon.why]]
    case 'running': {
      const { client, serving, clockSkewMs = 0 } = daemon.report
      return [
        ...[client, serving].flatMap((one) => (one ? waitingRows(one) : [])),
        ...(Math.abs(clockSkewMs) >= SKEW_SHOWN_MS ? [['clock', skewWords(clockSkewMs)] as const] : []),
      ]
    }
    default:
      return unreachable(daemon)
  }
}

function waitingRows({ purpose, ready, waiting }: CredentialReport): Rows {
  const words = `${purpose} ${ready ? 'in place and proven' : 'not ready'}`
  return [
    ['certlet run', words],
    ...(waiting ? [['  waits', `since ${moment(waiting.since)}: ${waiting.sentence}`] as const] : []),
  ]
}

/** Less is no matter: certificates are signed to be valid from five minutes before. */
const SKEW_SHOWN_MS = 60_000

function skewWords(ms: number): string {
  return `the API server’s is ${timeLeft(new Date(Math.abs(ms)), new Date(0))} ${ms > 0 ? 'ahead of' : 'behind'} this machine’s`
}

function inTime(at: Date, now: Date): string {
  return `${moment(at)}, ${at <= now ? 'due' : `in ${timeLeft(at, now).replace(/d$/, ' days')}`}`
}
