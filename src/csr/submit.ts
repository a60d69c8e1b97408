import { type RetryPolicy, retrying } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import { incompatibility } from './adoption.ts'
import type { NewSigningRequest, SigningRequest, SigningRequestApi } from './signing-request.ts'

/** How a request came to be on the server. */
export type Submission =
  | { readonly kind: 'created' | 'adopted'; readonly request: SigningRequest }
  /** The name is taken by a request that ours must not share; `why` says in what it differs. */
  | { readonly kind: 'incompatible'; readonly why: string }

/**
 * Posts a request, or adopts the one that is already there under its name: ours from before a restart, or from a POST whose answer
 * was lost. Source: client-go util/certificate/csr/csr.go, RequestCertificateWithContext.
 * @throws CertletError for answers that time does not mend; the signal's reason.
 */
export async function submit(
  api: SigningRequestApi,
  ours: NewSigningRequest,
  { retry, signal }: { retry: RetryPolicy; signal: AbortSignal },
): Promise<Submission> {
  for (;;) {
    const created = await retrying(() => create(api, ours, signal), retry, signal)
    if (created) return { kind: 'created', request: created }
    const stored = await retrying(() => api.read(ours.name, signal), retry, signal)
    if (!stored) continue // deleted between the two calls: the name is free again
    const why = await incompatibility(stored, ours, retry.clock.now())
    return why === undefined ? { kind: 'adopted', request: stored } : { kind: 'incompatible', why }
  }
}

/** Undefined when the name is taken. */
async function create(
  api: SigningRequestApi,
  ours: NewSigningRequest,
  signal: AbortSignal,
): Promise<SigningRequest | undefined> {
  try {
    return await api.create(ours, signal)
  } catch (error) {
    if (error instanceof CertletError && error.code === 'REQUEST_CONFLICT') return undefined
    throw error
  }
}
