import type { EarlyWatch } from './early-watch.ts'
import type { SigningRequest, SigningRequestApi } from './signing-request.ts'
import { readVerdict, type Verdict } from './verdict.ts'

/** How waiting for a request ends. */
export type Outcome =
  | Extract<Verdict, { kind: 'issued' | 'denied' | 'failed' }>
  /** Deleted, or deleted and made anew by somebody else (another UID): there is nothing left to wait for. */
  | { readonly kind: 'gone' }

/**
 * Waits until a request is issued, denied, failed or gone.
 * @param early - a watch that was sent beside the POST which made the request; followed as far as it goes.
 * @param onVerdict - told of the present verdict and of each change.
 * @throws CertletError when the API server refuses to be watched; the signal's reason.
 * Source: client-go util/certificate/csr/csr.go, WaitForCertificate.
 */
export async function waitForOutcome(
  api: SigningRequestApi,
  request: SigningRequest,
  { signal, onVerdict, early }: { signal: AbortSignal; onVerdict: (verdict: Verdict) => void; early?: EarlyWatch },
): Promise<Outcome> {
  let last: Verdict['kind'] | undefined
  const settled = (now: SigningRequest): Exclude<Outcome, { kind: 'gone' }> | undefined => {
    const verdict = readVerdict(now)
    if (verdict.kind !== last) onVerdict(verdict)
    last = verdict.kind
    return verdict.kind === 'pending' || verdict.kind === 'approved' ? undefined : verdict
  }
  const already = settled(request)
  if (already) return already
  let seen = request.resourceVersion
  for await (const state of early?.states(request) ?? []) {
    const outcome = settled(state)
    if (outcome) return outcome
    seen = state.resourceVersion
  }
  for await (const event of api.changes(request.name, seen, signal)) {
    if (event.kind === 'deleted' || event.request.uid !== request.uid) return { kind: 'gone' }
    const outcome = settled(event.request)
    if (outcome) return outcome
  }
  throw signal.reason // changes() ends only when the signal aborts
}

/** Waits until a request that will not be issued is gone: then its name is free again. @throws as `waitForOutcome`. */
export async function waitUntilGone(
  api: SigningRequestApi,
  request: SigningRequest,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of api.changes(request.name, undefined, signal)) {
    if (event.kind === 'deleted' || event.request.uid !== request.uid) return
  }
  throw signal.reason // changes() ends only when the signal aborts
}
