import type { NodeEvent } from '../kube/node-events.ts'

/** What happened, before it is known whether it has happened before. */
export type Happening = Pick<NodeEvent, 'type' | 'reason' | 'message'>

/** As many events may come at once, and one more each five minutes. Source: client-go tools/record/events_cache.go, defaultSpamBurst and -QPS. */
const BURST = 25
const REFILL_MS = 300_000

/** Longest message of an event, characters. Source: pkg/apis/core/validation/events.go, NoteLengthLimit. */
const LONGEST_MESSAGE = 1024

/** Counts what happens again instead of listing it, and drops what comes too often, as the kubelet's recorder does. */
export interface EventLog {
  /** The event to write, or undefined when there have been too many. */
  note(happening: Happening, now: Date): NodeEvent | undefined
}

export function eventLog(): EventLog {
  const known = new Map<string, NodeEvent>()
  let ids = 0
  const bucket = { tokens: BURST, at: 0 }

  function takeToken(now: number): boolean {
    const refilled = Math.max(0, now - bucket.at) / REFILL_MS
    bucket.tokens = Math.min(BURST, bucket.tokens + refilled)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  return {
    note: (happening, now) => {
      if (!takeToken(now.getTime())) return undefined
      const key = JSON.stringify([happening.type, happening.reason, happening.message])
      const before = known.get(key)
      const { message } = happening
      const event: NodeEvent = {
        ...happening,
        // As client-go's, the time in ns; ours is in ms, and the rest of the digits count.
        id: before?.id ?? (BigInt(now.getTime()) * 1_000_000n + BigInt(ids++)).toString(16),
        message: message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`,
        first: before?.first ?? now,
        last: now,
        count: (before?.count ?? 0) + 1,
      }
      // The latest stay: what was not seen for long begins anew.
      known.delete(key)
      known.set(key, event)
      const [oldest] = known.keys()
      if (known.size > BURST && oldest !== undefined) known.delete(oldest)
      return event
    },
  }
}
