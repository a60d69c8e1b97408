/** Sends the requests of suites, waits for each verdict, and compares. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { parseDuration } from '../../duration.ts'
import { ApiError } from '../../kube/api-error.ts'
import { type LabelledRequests, labelledRequests } from '../../kube/labelled-requests.ts'
import { expectationOf, type Expectation } from '../expectation.ts'
import { fullRequest } from '../full-request.ts'
import { describeIdentity, type Identity } from '../identity.ts'
import { filled, type PlaceholderValues } from '../placeholders.ts'
import type { Policy, Server } from '../policy.ts'
import { type ProbeKey, requestBody, type RequestMaker } from '../request-body.ts'
import type { CaseResult } from '../results.ts'
import type { ProbeCase, Suite } from '../suite.ts'
import { followRequests, type Follower, type Patience } from './follower.ts'
import { differences } from './judge.ts'
import type { Observation } from './observation.ts'
import { createSenders, type NoSender, type Sender, withCertificate } from './senders.ts'
import type { ProbeTarget } from './target.ts'

/** Marks what a probe makes, so that it can be found and removed. */
export const LABEL = 'certlet.dev/probe'

export interface RunOptions {
  readonly target: ProbeTarget
  readonly policy: Policy
  readonly server: Server
  readonly values: PlaceholderValues
  readonly maker: RequestMaker
  readonly patience: Patience
  /** Most requests that are sent at once; those that are waited for do not count. */
  readonly parallel: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told of each case when it is done. */
  readonly onResult?: (result: CaseResult) => void
}

/**
 * @param made - gets the names of all requests that are made, also when this fails.
 * @throws CertletError of a connection that fails for good; the signal's reason.
 */
export async function runSuites(suites: readonly Suite[], options: RunOptions, made: string[]): Promise<CaseResult[]> {
  const { target, values, clock, maker } = options
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const label = [LABEL, values.run] as const
  const requests = labelledRequests(target.self.connection, label)
  const stopFollowing = new AbortController()
  const follower = followRequests(requests, {
    clock,
    signal: AbortSignal.any([signal, stopFollowing.signal]),
    onEnd: (error) => {
      failed.abort(error)
    },
  })
  let number = 0
  const nextName = (): string => `probe-${values.run}-${++number}`

  const obtainNode = async (node: string, by: Sender) => {
    const key = await maker.makeKey('ecdsa-p256')
    const full = fullRequest({}, { ...values, node })
    const body = requestBody(full, await maker.makeRequest(full, key))
    const sentAt = clock.now()
    const name = nextName()
    made.push(name)
    const created = await labelledRequests(by.connection, label).create({ name, ...body }, signal)
    follower.note(created)
    const { certificate, verdict } = await follower.end(name, sentAt, ['issued'], options.patience)
    if (certificate === undefined) return { missing: `the node’s own certificate is ${verdict}` } satisfies NoSender
    const keyPem = key.privateKey.export({ format: 'pem', type: 'pkcs8' })
    const { kubeConfig } = target.bootstrap ?? target.self
    return withCertificate(kubeConfig, certificate, keyPem)
  }
  using senders = createSenders({ target, values, obtainNode, signal })
  const run: OneRun = { ...options, signal, made, follower, requests, nextName, label, senderFor: senders.senderFor }
  try {
    const results: CaseResult[] = []
    for (const suite of suites) results.push(...(await runSuite(suite, run)))
    return results
  } finally {
    stopFollowing.abort()
  }
}

interface OneRun extends RunOptions {
  readonly made: string[]
  readonly follower: Follower
  readonly requests: LabelledRequests
  readonly label: readonly [string, string]
  readonly nextName: () => string
  readonly senderFor: (identity: Identity) => Promise<Sender | NoSender>
}

async function runSuite(suite: Suite, run: OneRun): Promise<CaseResult[]> {
  const keys = new Map<string, Promise<ProbeKey>>()
  const done = new Map<string, Promise<CaseResult>>()
  const slots = createSlots(run.parallel)
  const start = (one: ProbeCase): Promise<CaseResult> => {
    const result = runCase(suite, one, {
      ...run,
      keys,
      slots,
      after: one.after === undefined ? undefined : done.get(one.after),
    })
    // A failure is told where all are awaited.
    result.catch(() => undefined)
    done.set(one.name, result)
    return result
  }
  const results: CaseResult[] = []
  const together: Promise<CaseResult>[] = []
  for (const one of suite.cases) {
    if (one.lab === undefined) {
      together.push(start(one))
      continue
    }
    // Alone: whoever is under way would be decided by this one's rules.
    results.push(...(await Promise.all(together.splice(0))))
    results.push(run.target.lab ? await inLab(one, run, () => start(one)) : skippedResult(suite, one, 'it needs a lab'))
  }
  results.push(...(await Promise.all(together)))
  return results
}

async function inLab(
  one: ProbeCase,
  { target: { lab } }: OneRun,
  work: () => Promise<CaseResult>,
): Promise<CaseResult> {
  if (one.lab?.approval) lab?.setApproval(one.lab.approval)
  if (one.lab?.signing) lab?.setSigning(one.lab.signing)
  try {
    return await work()
  } finally {
    lab?.restore()
  }
}

interface CaseRun extends OneRun {
  readonly keys: Map<string, Promise<ProbeKey>>
  readonly slots: Slots
  readonly after: Promise<CaseResult> | undefined
}

async function runCase(suite: Suite, one: ProbeCase, run: CaseRun): Promise<CaseResult> {
  const as = one.as ?? suite.defaults?.as ?? 'node'
  const keyType = fullRequest({ ...suite.defaults?.request, ...one.request }, run.values).keyType
  const keyOf = one.request?.keyOf
  const shared = keyOf === undefined ? undefined : run.keys.get(keyOf)
  const firstKey = shared ?? run.maker.makeKey(keyType)
  firstKey.catch(() => undefined)
  run.keys.set(one.name, firstKey)
  const earlier = await run.after
  if (earlier?.skipped !== undefined) return skippedResult(suite, one, `"${one.after ?? ''}" was left out`)
  const sender = await run.senderFor(as)
  if ('missing' in sender) return skippedResult(suite, one, sender.missing)
  const copies = Array.from({ length: one.copies ?? 1 }, async (_, i) => {
    const key = i === 0 || shared ? firstKey : run.maker.makeKey(keyType)
    return runCopy(suite, one, { ...run, sender, key: await key, copy: i + 1 })
  })
  const outcomes = await Promise.all(copies)
  const [first, ...others] = outcomes
  if (!first) throw new RangeError('a case has one copy at least')
  const worst = others.reduce((one, other) => (other.lines.length > one.lines.length ? other : one), first)
  const result: CaseResult = {
    ...common(suite, one),
    ...foundOf(worst),
    requests: outcomes.length,
    ms: Math.max(...outcomes.map(({ observation }) => observation.ms)),
    differences: summed(outcomes),
  }
  run.onResult?.(result)
  return result
}

interface Copy {
  readonly expected: Expectation
  readonly observation: Observation
  readonly lines: readonly string[]
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

function common(suite: Suite, one: ProbeCase): Pick<CaseResult, 'suite' | 'name' | 'why' | 'as'> {
  const as = describeIdentity(one.as ?? suite.defaults?.as ?? 'node')
  return { suite: suite.name, name: one.name, why: one.why, as }
}

function skippedResult(suite: Suite, one: ProbeCase, skipped: string): CaseResult {
  return { ...common(suite, one), expected: [], skipped, differences: [] }
}

function foundOf({
  expected,
  observation,
}: Copy): Pick<CaseResult, 'expected' | 'because' | 'found' | 'reason' | 'message'> {
  const { verdict, reason, message } = observation
  return {
    expected: expected.verdicts,
    ...(expected.because !== undefined && { because: expected.because }),
    found: verdict,
    ...(reason !== undefined && reason !== '' && { reason }),
    ...(message !== undefined && message !== '' && { message }),
  }
}

/** The same line of many copies once, with their number. */
function summed(outcomes: readonly Copy[]): string[] {
  const counts = new Map<string, number>()
  for (const line of outcomes.flatMap(({ lines }) => lines)) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => (outcomes.length === 1 ? line : `${count} of ${outcomes.length}: ${line}`))
}

interface Slots {
  within<T>(work: () => Promise<T>): Promise<T>
}

/** At most so many at once, in the order in which they came. */
function createSlots(number: number): Slots {
  let free = number
  const queue: (() => void)[] = []
  return {
    within: async (work) => {
      if (free > 0) free--
      else await new Promise<void>((resolve) => queue.push(resolve))
      try {
        return await work()
      } finally {
        const next = queue.shift()
        if (next) next()
        else free++
      }
    },
  }
}

/** Tells the requests of one run from those of others. */
export const newRunId = (): string => randomBytes(4).toString('hex')
