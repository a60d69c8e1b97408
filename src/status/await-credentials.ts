import { createBell } from '../agent/bell.ts'
import { withDeadline } from '../agent/deadline.ts'
import type { Clock } from '../clock.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import { watchFile } from '../store/watch-file.ts'
import type { Found, NodeStatus } from './status.ts'

/** How often it is looked although no file has changed, ms: a daemon may have proven a credential, or watches may be used up. */
const LOOK_MS = 1_000

/** What is waited for, and until when. */
export interface Awaited {
  readonly purpose: Purpose
  /** Undefined: until the signal. */
  readonly timeoutMs: number | undefined
}

export interface AwaitContext {
  readonly look: () => Promise<NodeStatus>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called once for each reason why the wait goes on. */
  readonly onReason: (purpose: Purpose, reason: string) => void
}

/**
 * Waits until a credential is in place: usable by what is on disk and, where a daemon is at work that keeps it, ready by its report.
 * @throws CertletError NOT_IN_PLACE when the time is up, DISK_NOT_WRITABLE if it cannot be looked at; the signal's reason.
 */
export async function awaitCredential({ purpose, timeoutMs }: Awaited, context: AwaitContext): Promise<void> {
  const { clock, signal } = context
  const wait = (note: (reason: CertletError) => void, until: AbortSignal): Promise<void> =>
    untilInPlace(purpose, { ...context, signal: until }, note)
  if (timeoutMs === undefined) {
    await wait(() => undefined, signal)
    return
  }
  await withDeadline(({ note, signal: until }) => wait(note, until), {
    timeoutMs,
    what: `${purpose} credential`,
    ...{ clock, signal },
  })
}

async function untilInPlace(
  purpose: Purpose,
  { look, clock, signal, onReason }: AwaitContext,
  note: (reason: CertletError) => void,
): Promise<void> {
  const bell = createBell(signal)
  const watched: Disposable[] = []
  try {
    for (let said = ''; ;) {
      const turn = bell.turn()
      const status = await look()
      const reason = missing(purpose, status)
      if (reason === undefined) return
      note(new CertletError('NOT_IN_PLACE', `The ${purpose} credential is not in place: ${reason}`))
      if (reason !== said) onReason(purpose, reason)
      if (watched.length === 0) {
        const paths = [status.kubeconfig.path, pathOf(purpose, status)]
        watched.push(
          ...paths.map((path) =>
            watchFile(path, () => {
              bell.ring()
            }),
          ),
        )
      }
      said = reason
      await clock.sleep(LOOK_MS, turn).catch(() => {
        signal.throwIfAborted()
      })
    }
  } finally {
    for (const one of watched) one[Symbol.dispose]()
  }
}

function pathOf(purpose: Purpose, { client, serving }: NodeStatus): string {
  return (purpose === 'client' ? client : (serving ?? client)).path
}

/** Why a credential is not in place, in words; undefined if it is. @throws CertletError DISK_NOT_WRITABLE */
function missing(purpose: Purpose, { kubeconfig, client, serving, daemon }: NodeStatus): string | undefined {
  const report = daemon.state === 'running' ? daemon.report[purpose] : undefined
  const status = purpose === 'client' ? client : serving
  const onDisk =
    (purpose === 'client' ? faultOf('the kubeconfig', kubeconfig) : undefined) ??
    faultOf('the pair', status ?? { worth: 'absent' })
  if (report?.ready === true && onDisk === undefined) return undefined
  if (report) return report.waiting?.sentence ?? onDisk ?? 'the daemon has not proven it yet'
  if (onDisk === undefined) return undefined
  const request = status?.request === undefined ? '' : `; request "${status.request}" is under way, or was`
  return `${onDisk}${request}${daemon.state === 'none' ? '; no certlet is at work on the folder' : ''}`
}

function faultOf(what: string, { worth, why = '' }: Found): string | undefined {
  if (worth === 'unknown') {
    throw new CertletError('DISK_NOT_WRITABLE', `Cannot look at ${what}: ${why}`, { hint: 'run as root' })
  }
  if (worth === 'usable') return undefined
  return worth === 'absent' ? `${what} is not there yet` : `${what} cannot be used, ${why}`
}
