import { backoffMs } from '../backoff.ts'
import type { Clock } from '../clock.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import { stampOf } from '../store/file-stamp.ts'
import { type Bell, createBell } from './bell.ts'
import type { AgentContext } from './context.ts'
import type { CertificateReport } from './report.ts'
import type { Reporter } from './reporter.ts'
import { whyOf } from './why.ts'

/** How a rotation that somebody asked for ended. */
export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly certificate: CertificateReport }
  | { readonly kind: 'failed'; readonly error: CertletError }

/** What the loop of one credential shares with those who want something of it. */
export interface Keeper {
  readonly purpose: Purpose
  readonly bell: Bell
  /** Whether somebody waits for a rotation. */
  readonly asked: boolean
  /** Rotates as soon as possible. Resolves with the outcome; what time may mend is no outcome, but tried again. */
  rotate(): Promise<RotationOutcome>
  /** Tells all who wait. */
  settle(outcome: RotationOutcome): void
}

export function createKeeper(purpose: Purpose, stop: AbortSignal): Keeper {
  const bell = createBell(stop)
  let waiters: ((outcome: RotationOutcome) => void)[] = []
  return {
    purpose,
    bell,
    get asked() {
      return waiters.length > 0
    },
    rotate: () =>
      new Promise((resolve) => {
        waiters.push(resolve)
        bell.ring()
      }),
    settle: (outcome) => {
      const all = waiters
      waiters = []
      for (const resolve of all) resolve(outcome)
    },
  }
}

/** Longest time between two looks at everything, ms: a clock that was set, and a file that was changed, are noticed within it. */
export const LONGEST_HOP_MS = 60_000

/**
 * Longest pause after a certificate that was of no use, ms: each further try leaves an object on the server, which stays there for an hour.
 * Source: pkg/controller/certificates/cleaner/cleaner.go, approvedExpiration.
 */
const LONGEST_AFTER_REFUSAL_MS = 30 * 60_000

/** The failures that end a request whose certificate was issued. */
const REFUSALS: readonly CertletError['code'][] = ['CERTIFICATE_REFUSED', 'PROOF_FAILED']

/**
 * Takes turns for ever. A turn that fails is said, and followed by a pause with back-off; a turn that a ring of the bell ended is
 * followed by the next at once.
 * @param turn - looks at everything, decides, and acts or waits, until its signal aborts.
 * @throws what is no CertletError: a defect; the reason of the process's signal.
 */
export async function takeTurns(
  keeper: Keeper,
  { clock, random, signal: stop }: AgentContext,
  reporter: Reporter,
  turn: (signal: AbortSignal) => Promise<void>,
): Promise<never> {
  const { purpose, bell } = keeper
  for (let failures = 0; ;) {
    const signal = bell.turn()
    stop.throwIfAborted()
    try {
      await turn(signal)
      failures = 0
    } catch (error) {
      stop.throwIfAborted()
      if (signal.aborted) continue
      if (!(error instanceof CertletError)) throw error
      reporter.happened({ kind: 'attempt-failed', purpose, code: error.code })
      reporter.update(purpose, { waiting: whyOf(error) })
      if (!error.retry) keeper.settle({ kind: 'failed', error })
      const longest = REFUSALS.includes(error.code) ? LONGEST_AFTER_REFUSAL_MS : undefined
      await pause(clock.sleep(backoffMs(++failures, random(), error.retryAfterMs, longest), signal), signal)
    }
  }
}

/** Waits for a sleep that the bell may end: that is no failure. */
export async function pause(sleep: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await sleep
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/**
 * Waits until a moment, in short hops, since timers notice neither a clock that was set nor a machine that slept; and until the bell
 * rings, or one of the files is another one.
 * @param until - undefined: for ever.
 */
export async function rest(
  until: Date | undefined,
  files: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const before = stampOf(files)
  while (!signal.aborted && stampOf(files) === before) {
    const left = until === undefined ? LONGEST_HOP_MS : until.getTime() - clock.now().getTime()
    if (left <= 0) return
    await pause(clock.sleep(Math.min(LONGEST_HOP_MS, left), signal), signal)
  }
}
