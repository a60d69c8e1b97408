/** Sends the requests of suites, waits for each verdict, and compares. */
import { labelledRequests } from '../../kube/labelled-requests.ts'
import { LABEL } from '../label.ts'
import type { ProbeKey } from '../request-body.ts'
import type { CaseResult } from '../results.ts'
import type { ProbeCase, Suite } from '../suite.ts'
import { skippedResult } from './case-result.ts'
import { followRequests } from './follower.ts'
import { nodeObtainer } from './obtain-node.ts'
import { runCase } from './run-case.ts'
import type { OneRun, RunOptions } from './run.ts'
import { createSenders } from './senders.ts'
import { createSlots } from './slots.ts'

/**
 * @param made - gets the names of all requests that are made, also when this fails.
 * @throws CertletError of a connection that fails for good; the signal's reason.
 */
export async function runSuites(suites: readonly Suite[], options: RunOptions, made: string[]): Promise<CaseResult[]> {
  const { target, values, clock } = options
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

  const obtainNode = nodeObtainer({ ...options, signal, made, follower, label, nextName })
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
    results.push(
      run.target.lab
        ? await inLab(one, run, () => start(one))
        : skippedResult(suite, one, 'it needs a lab', run.values),
    )
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
