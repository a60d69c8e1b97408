import type { CredentialReport } from '../agent/report.ts'
import { formatDuration } from '../duration.ts'
import { unreachable } from '../errors.ts'
import type { CredentialStatus, DaemonStatus, Found, NodeStatus } from '../status/status.ts'
import { columns } from './columns.ts'

type Rows = (readonly [string, string])[]

/** How a node stands, for people. */
export function describeStatus({ nodeName, kubeconfig, client, serving, daemon }: NodeStatus, now: Date): string {
  const { server } = kubeconfig
  return columns([
    ['node', nodeName],
    ['kubeconfig', `${wordsOf(kubeconfig)}: ${kubeconfig.path}`],
    ...(server === undefined ? [] : [['server', server] as const]),
    ...credentialRows(client, now),
    ...(serving ? credentialRows(serving, now) : []),
    ...daemonRows(daemon),
  ])
}

/** For programs. Its fields are API: docs/run.md. */
export function statusAsJson({ nodeName, kubeconfig, client, serving, daemon }: NodeStatus): object {
  const plain: unknown = JSON.parse(JSON.stringify({ kubeconfig, client, serving: serving ?? null, daemon }))
  return { node: nodeName, ...(plain as object) }
}

function credentialRows({ purpose, path, certificate, request, ...found }: CredentialStatus, now: Date): Rows {
  return [
    [purpose, `${wordsOf(found)}: ${path}`],
    ...(certificate
      ? ([
          ['  subject', certificate.subject],
          ['  issuer', certificate.issuer],
          ...(certificate.names.length > 0 ? [['  names', certificate.names.join(', ')] as const] : []),
          ['  valid', `${moment(certificate.notBefore)} to ${moment(certificate.notAfter)}`],
          ...(found.worth === 'usable' ? [['  rotation', inTime(certificate.rotateAt, now)] as const] : []),
        ] as const)
      : []),
    ...(request === undefined ? [] : [['  request', `${request} (kubectl get csr ${request})`] as const]),
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
      const { client, serving } = daemon.report
      return [client, serving].flatMap((one) => (one ? waitingRows(one) : []))
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

const DAY_MS = 86_400_000

function inTime(at: Date, now: Date): string {
  const left = at.getTime() - now.getTime()
  const words = left >= 2 * DAY_MS ? `in ${Math.floor(left / DAY_MS)} days` : `in ${formatDuration(Math.max(0, left))}`
  return `${moment(at)}, ${left <= 0 ? 'due' : words}`
}

function moment(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
