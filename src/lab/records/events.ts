/** What happens in a lab, as a stream that anybody can follow. */
import { type CertificateSigningRequest, type Condition, conditionsOf, isIssued } from '../controllers/csr.ts'
import type { KubeObject, StoreEvent } from '../storage.ts'
import type { SeenRequest } from './request-record.ts'

/** An event about a CertificateSigningRequest. */
export interface CsrEvent {
  /** `delivered`: the certificate was sent to who made the request, for the first time since somebody follows. */
  readonly kind: 'created' | 'approved' | 'denied' | 'failed' | 'signed' | 'delivered' | 'deleted'
  /** Of the request. */
  readonly name: string
  readonly signerName: string
  /** Who made the request. */
  readonly username: string
  /** Of the condition, for `approved`, `denied` and `failed`. */
  readonly reason?: string
  readonly message?: string
}

export type LabEvent =
  | CsrEvent
  /** A request was answered to the end: that of a watch, when it is over. `ms` is how long it took. */
  | ({ readonly kind: 'request'; readonly ms: number } & SeenRequest)
  /** The API server was started again; `lose`: without its objects. */
  | { readonly kind: 'restarted'; readonly state: 'keep' | 'lose' }
  /** Others were put in the place of these settings. */
  | { readonly kind: 'settings'; readonly of: 'faults' | 'approval' | 'signing' }

export interface EventHub {
  /** Whether anybody follows, so that nothing is made for nobody. */
  readonly followed: boolean
  readonly emit: (event: LabEvent) => void
  /** Everything from now on, until the signal aborts or the loop is left. */
  readonly events: (signal?: AbortSignal) => AsyncIterableIterator<LabEvent>
  /** Ends all streams. */
  readonly close: () => void
}

export function createEventHub(): EventHub {
  const followers = new Set<{ push: (event: LabEvent) => void; end: () => void }>()
  return {
    get followed() {
      return followers.size > 0
    },
    emit: (event) => {
      for (const { push } of followers) push(event)
    },
    events: (signal) => {
      const queue: LabEvent[] = []
      let ended = false
      let wake = (): void => undefined
      const follower = {
        push: (event: LabEvent) => {
          queue.push(event)
          wake()
        },
        end: () => {
          ended = true
          followers.delete(follower)
          signal?.removeEventListener('abort', follower.end)
          wake()
        },
      }
      // Followed from this call on, not from the first step of the loop: nothing in between is missed.
      followers.add(follower)
      if (signal?.aborted) follower.end()
      else signal?.addEventListener('abort', follower.end)
      async function* stream(): AsyncGenerator<LabEvent> {
        try {
          for (;;) {
            const event = queue.shift()
            if (event) yield event
            else if (ended) return
            else await new Promise<void>((resolve) => (wake = resolve))
          }
        } finally {
          follower.end()
        }
      }
      return stream()
    },
    close: () => {
      for (const { end } of [...followers]) end()
    },
  }
}

/** What a change of a stored CertificateSigningRequest means. Pure. */
export function csrEventsOf({ type, object, previous }: StoreEvent): CsrEvent[] {
  const csr = csrOf(object)
  const { metadata, spec } = csr
  const about = { name: metadata.name, signerName: spec.signerName, username: spec.username ?? '' }
  if (type === 'ADDED') return [{ kind: 'created', ...about }]
  if (type === 'DELETED') return [{ kind: 'deleted', ...about }]
  const before = previous && csrOf(previous)
  const known = new Set(before ? conditionsOf(before).map((condition) => condition.type) : [])
  const decisions = conditionsOf(csr)
    .filter((condition) => !known.has(condition.type))
    .flatMap((condition): CsrEvent[] => {
      const kind = kindOf(condition)
      if (kind === undefined) return []
      const { reason, message } = condition
      return [{ kind, ...about, ...(reason && { reason }), ...(message && { message }) }]
    })
  const issued = isIssued(csr) && !(before && isIssued(before))
  return [...decisions, ...(issued ? [{ kind: 'signed', ...about } as const] : [])]
}

const csrOf = (object: KubeObject): CertificateSigningRequest => object as unknown as CertificateSigningRequest

function kindOf({ type }: Condition): 'approved' | 'denied' | 'failed' | undefined {
  switch (type) {
    case 'Approved':
      return 'approved'
    case 'Denied':
      return 'denied'
    case 'Failed':
      return 'failed'
    default:
      return undefined
  }
}
