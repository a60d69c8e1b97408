import { stampOf } from '../store/file-stamp.ts'
import type { AgentContext } from './context.ts'
import type { AgentReport } from './report.ts'
import type { Reporter } from './reporter.ts'

/** How often the clock is looked at, ms. */
const BEAT_MS = 30_000

/** A sleep that was off by more than this was no ordinary one, ms. */
const JUMP_MS = 15_000

/**
 * Says that the process is alive, and notices when time has jumped: the clock was set, or the machine slept. Timers go by the time that
 * the machine was awake, so that after a night's sleep a rotation would come a night too late.
 * It also looks whether a file that an operator hands us has changed, for the systems and folders that cannot be watched, and whether a
 * credential has expired: a loop that is busy with a rotation which does not come to its end would not notice.
 * @param lookAnew - called then.
 */
export async function heartbeat(
  { clock, log, signal }: AgentContext,
  reporter: Reporter,
  { files, lookAnew }: { files: readonly string[]; lookAnew: () => void },
): Promise<never> {
  for (let stamp = stampOf(files); ;) {
    reporter.alive()
    const before = clock.now().getTime()
    await clock.sleep(BEAT_MS, signal)
    const changed = stampOf(files) !== stamp
    stamp = stampOf(files)
    if (changed || hasExpired(reporter.report(), clock.now())) lookAnew()
    const offMs = clock.now().getTime() - before - BEAT_MS
    if (Math.abs(offMs) < JUMP_MS) continue
    log.warn('the clock was set, or this machine slept: looking at everything anew', {
      seconds: Math.round(offMs / 1000),
    })
    lookAnew()
  }
}

/** Whether a credential that is reported as ready has expired meanwhile. */
function hasExpired({ client, serving }: AgentReport, now: Date): boolean {
  return [client, serving].some((one) => one?.ready === true && one.certificate && one.certificate.notAfter <= now)
}
