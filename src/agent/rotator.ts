import type { Purpose } from '../csr/constants.ts'
import type { AgentContext } from './context.ts'
import type { RotationOutcome } from './keeper.ts'
import type { AgentReport } from './report.ts'
import { startAgent } from './run.ts'
import type { RunSettings } from './settings.ts'

/** Who rotates when asked: a daemon that runs, or an agent that lives as long as the question. */
export interface Rotator extends AsyncDisposable {
  report(): Promise<AgentReport>
  /** @param signal - ends the wait. @throws the signal's reason. */
  rotate(purpose: Purpose, signal: AbortSignal): Promise<RotationOutcome>
}

/**
 * An agent that rotates by the very steps of the daemon, and ends when it is disposed of. What it has begun (pending key, request)
 * stays, and the next one goes on with it.
 * @throws as startAgent.
 */
export async function briefAgent(settings: RunSettings, context: AgentContext): Promise<Rotator> {
  const end = new AbortController()
  const signal = AbortSignal.any([context.signal, end.signal])
  const agent = await startAgent(settings, { ...context, signal }, [])
  const ended = agent.ended.then(() => {
    throw signal.reason
  })
  ended.catch(() => undefined) // told to those who wait
  return {
    report: () => Promise.resolve(agent.report()),
    rotate: (purpose) => Promise.race([agent.rotate(purpose), ended]),
    [Symbol.asyncDispose]: async () => {
      end.abort(new Error('It has rotated'))
      await agent.ended
    },
  }
}
