import type { Lab } from '../lab.ts'
import type { CsrEvent } from '../records/events.ts'
import { type CertificateSigningRequest, certificatePem, conditionsOf } from '../controllers/csr.ts'
import type { Moment } from './protocol.ts'

type Step = Moment['step']

/** When each request came how far, by what was seen and by what the objects say. */
export interface Timelines {
  note(event: CsrEvent, now: Date): void
  /** In the order of the steps; what has not happened is left out. */
  of(csr: CertificateSigningRequest): Moment[]
  clear(): void
}

/** @param stored - the requests there are. */
export function createTimelines(stored: ReturnType<Lab['stored']>): Timelines {
  const seen = new Map<string, Map<Step, number>>()
  const note = (event: CsrEvent, now: Date): void => {
    const { kind, name } = event
    if (kind === 'deleted') {
      seen.delete(name)
      return
    }
    // What is told of a request after its deletion is not kept.
    if (kind !== 'created' && !seen.has(name) && !stored.get(name)) return
    const times = seen.get(name) ?? new Map<Step, number>()
    seen.set(name, times.set(kind, now.getTime()))
  }
  return {
    note,
    of: (csr) => {
      const times = seen.get(csr.metadata.name) ?? new Map<Step, number>()
      return STEPS.flatMap((step): Moment[] => {
        const at = times.get(step)
        if (at !== undefined) return [{ step, at, seen: true }]
        const told = toldBy(csr, step)
        return told === undefined ? [] : [{ step, ...(told !== null && { at: told }), seen: false }]
      })
    },
    clear: () => {
      seen.clear()
    },
  }
}

const STEPS = ['created', 'approved', 'denied', 'failed', 'signed', 'delivered'] as const satisfies readonly Step[]

/** What an object says of a step: its time, null where it has none, undefined where the step was not taken or leaves no trace. */
function toldBy(csr: CertificateSigningRequest, step: Step): number | null | undefined {
  switch (step) {
    case 'created':
      return timeOf(csr.metadata.creationTimestamp)
    case 'approved':
    case 'denied':
    case 'failed': {
      const condition = conditionsOf(csr).find(({ type }) => type.toLowerCase() === step)
      return condition && timeOf(condition.lastUpdateTime ?? condition.lastTransitionTime)
    }
    case 'signed':
      return certificatePem(csr) === undefined ? undefined : null
    case 'delivered':
      return undefined
  }
}

function timeOf(text = ''): number | null {
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}
