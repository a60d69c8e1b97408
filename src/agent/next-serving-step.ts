import type { Finding, Rotation } from './next-step.ts'

/** All that decides what is done about the serving credential. */
export interface ServingSituation {
  /** The pair in use, whatever names it has. */
  readonly current: Finding
  /** Names that are wanted and that the certificate in use does not have. */
  readonly missing: readonly string[]
  /** Names that it has and that are no longer wanted. */
  readonly stale: readonly string[]
  /** Whether stale names alone are a reason for a new one. */
  readonly dropStale: boolean
  /** Absent while there is no pair that could be used. */
  readonly rotation?: Rotation
  readonly now: Date
}

/** What to do about the serving credential. */
export type ServingStep =
  { readonly do: 'keep'; readonly until?: Date } | { readonly do: 'request'; readonly because: string }

/**
 * What happens next. Pure. As the kubelet it asks anew when a name is missing, not when one is too many.
 * Source: client-go util/certificate/certificate_manager.go, certSatisfiesTemplateLocked.
 */
export function nextServingStep({ current, missing, stale, dropStale, rotation, now }: ServingSituation): ServingStep {
  if (current.kind === 'absent') return { do: 'request', because: 'this node has no serving credential yet' }
  if (current.kind === 'unusable')
    return { do: 'request', because: `the serving credential cannot be used: ${current.why}` }
  if (missing.length > 0) return { do: 'request', because: `its names lack ${missing.join(', ')}` }
  if (dropStale && stale.length > 0) return { do: 'request', because: `${stale.join(', ')} is no longer wanted` }
  if (!rotation) return { do: 'keep' }
  if (rotation.because !== undefined) return { do: 'request', because: rotation.because }
  if (rotation.due <= now) return { do: 'request', because: `it is due since ${rotation.due.toISOString()}` }
  return { do: 'keep', until: rotation.due }
}
