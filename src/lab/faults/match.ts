/** Which faults strike a request. Pure but for the numbers that are drawn. */
import { msOf } from '../documents/fields.ts'
import { fits } from '../documents/pattern.ts'
import type { RequestInfo } from '../request.ts'
import type { Fault } from './fault.ts'

/** What faults know about a request. */
export interface FaultTarget {
  readonly method: string
  readonly info: RequestInfo
  /** Looked up only where a fault asks for it. */
  readonly user: () => string
}

/** How often a fault has fitted a request, and how often it has struck one. */
export interface Tally {
  readonly fitted: number
  readonly struck: number
}

export const untouched: Tally = { fitted: 0, struck: 0 }

/** What happens to one request. */
export interface Strike {
  /** The faults that strike, in the order of the list: some that let the request go on, then at most one that does not. */
  readonly faults: readonly Fault[]
  readonly tallies: readonly Tally[]
}

/**
 * Goes through the list until a fault ends the request.
 * @param tallies - one for each fault.
 * @param random - draws a number in [0, 1), once for every fitting fault with a share.
 */
export function strike(
  faults: readonly Fault[],
  tallies: readonly Tally[],
  target: FaultTarget,
  random: () => number,
): Strike {
  const next = [...tallies]
  const struck: Fault[] = []
  for (const [index, fault] of faults.entries()) {
    const tally = tallies[index] ?? untouched
    if (!concerns(fault, target)) continue
    const due = tally.fitted >= (fault.skip ?? 0) && tally.struck < (fault.count ?? Number.POSITIVE_INFINITY)
    const hits = due && (fault.share === undefined || random() < fault.share)
    next[index] = { fitted: tally.fitted + 1, struck: tally.struck + (hits ? 1 : 0) }
    if (!hits) continue
    struck.push(fault)
    if (endsRequest(fault)) break
  }
  return { faults: struck, tallies: next }
}

function concerns(fault: Fault, { method, info, user }: FaultTarget): boolean {
  const { verb, path, resource, subresource, name } = info
  return (
    isOfKind(fault, verb) &&
    fits(fault.method, method) &&
    fits(fault.path, path) &&
    fits(fault.verb, verb) &&
    fits(fault.resource, subresource ? `${resource}/${subresource}` : resource) &&
    fits(fault.name, name) &&
    (fault.user === undefined || fits(fault.user, user()))
  )
}

/** Some faults make sense for watches alone, or for what has a resourceVersion to be too old. */
function isOfKind({ fault }: Fault, verb: string): boolean {
  switch (fault) {
    case 'cut':
    case 'silence':
      return verb === 'watch'
    case 'gone':
      return verb === 'watch' || verb === 'list'
    case 'status':
    case 'slow':
    case 'reset':
    case 'restart':
    case 'no-store':
    case 'date':
      return true
  }
}

/** Whether the API server's answer does not reach the client. */
function endsRequest({ fault }: Fault): boolean {
  return fault === 'status' || fault === 'gone' || fault === 'reset' || fault === 'restart'
}

/** How long all slow faults together hold a request up, ms. */
export function delayOf(faults: readonly Fault[]): number {
  return faults.reduce((sum, fault) => sum + (fault.fault === 'slow' ? msOf(fault.delay) : 0), 0)
}
