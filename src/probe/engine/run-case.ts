/** Sends the requests of one case, and judges them. */
import { parseDuration } from '../../duration.ts'
import { ApiError } from '../../kube/api-error.ts'
import { labelledRequests } from '../../kube/labelled-requests.ts'
import { expectationOf } from '../expectation.ts'
import { fullRequest } from '../full-request.ts'
import { filled } from '../placeholders.ts'
import { type ProbeKey, requestBody } from '../request-body.ts'
import type { CaseResult } from '../results.ts'
import type { ProbeCase, Suite } from '../suite.ts'
import { type Copy, resultOf, skippedResult } from './case-result.ts'
import { differences } from './judge.ts'
import type { Observation } from './observation.ts'
import type { OneRun } from './run.ts'
import type { Sender } from './senders.ts'
import type { Slots } from './slots.ts'

/** What the cases of a suite share. */
export interface CaseRun extends OneRun {
  readonly keys: Map<string, Promise<ProbeKey>>
  readonly slots: Slots
  readonly after: Promise<CaseResult> | undefined
}

export async function runCase(suite: Suite, one: ProbeCase, run: CaseRun): Promise<CaseResult> {
  const as = one.as ?? suite.defaults?.as ?? 'node'
  const keyType = fullRequest({ ...suite.defaults?.request, ...one.request }, run.values).keyType
  const keyOf = one.request?.keyOf
  const shared = keyOf === undefined ? undefined : run.keys.get(keyOf)
  const firstKey = shared ?? run.maker.makeKey(keyType)
  firstKey.catch(() => undefined)
  run.keys.set(one.name, firstKey)
  const earlier = await run.after
  if (earlier?.skipped !== undefined) return skippedResult(suite, one, `"${one.after ?? ''}" was left out`, run.values)
  const sender = await run.senderFor(as)
  if ('missing' in sender) return skippedResult(suite, one, sender.missing, run.values)
  const copies = Array.from({ length: one.copies ?? 1 }, async (_, i) => {
    const key = i === 0 || shared ? firstKey : run.maker.makeKey(keyType)
    return runCopy(suite, one, { ...run, sender, key: await key, copy: i + 1 })
  })
  const result = resultOf(suite, one, await Promise.all(copies), run.values)
  run.onResult?.(result)
  return result
}

async function runCopy(
  suite: Suite,
  one: ProbeCase,
  run: CaseRun & { readonly sender: Sender; readonly key: ProbeKey; readonly copy: number },
): Promise<Copy> {
  const { sender, key, follower, clock, signal, policy } = run
  const values = { ...run.values, user: sender.requestor.username, copy: String(run.copy) }
  const full = fullRequest({ ...suite.defaults?.request, ...one.request }, values)
  const body = requestBody(full, await run.maker.makeRequest(full, key))
  const written = one.expectFor?.[policy.name] ?? one.expect
  const expected =
    written === undefined ? policy.expect(body, sender.requestor, run.server) : expectationOf(filled(written, values))
  const observation = await observe()
  const { signerCaPem } = run.target
  const lines = differences(expected, observation, { spki: key.spki, now: clock.now(), signerCaPem })
  return { expected, observation, lines }

  async function observe(): Promise<Observation> {
    const name = run.nextName()
    let sentAt = clock.now()
    try {
      const created = await run.slots.within(() => {
        sentAt = clock.now()
        // Before it is sent: an interruption may come between the server's doing and its answer.
        run.made.push(name)
        return labelledRequests(sender.connection, run.label).create({ name, ...body }, signal)
      })
      follower.note(created)
    } catch (error) {
      const rejection = rejectionOf(error)
      if (rejection === undefined) throw error
      run.made.splice(run.made.indexOf(name), 1)
      return { verdict: 'rejected', ms: clock.now().getTime() - sentAt.getTime(), ...rejection }
    }
    if (one.deleteWhen === 'approved') await follower.approval(name, run.patience.timeoutMs)
    if (one.deleteWhen !== undefined) await run.requests.remove(name, signal)
    const rest = expected.after === undefined ? undefined : parseDuration(expected.after)
    const patience = { ...run.patience, ...(rest !== undefined && { restMs: rest }) }
    return follower.end(name, sentAt, expected.verdicts, patience)
  }
}

/** An answer that is about the request; anything else is about the connection or the credential. */
function rejectionOf(error: unknown): Pick<Observation, 'status' | 'reason' | 'message'> | undefined {
  if (!(error instanceof ApiError)) return undefined
  const { code, reason, message } = error.status
  return [400, 403, 409, 413, 422].includes(code) ? { status: code, reason, message } : undefined
}
