/** What approver and signer share: a queue fed by changes. Source: pkg/controller/certificates/certificate_controller.go. */
import type { Clock } from '../../clock.ts'
import { type CsrControllerApi, statusOf } from './controller-api.ts'
import { type CertificateSigningRequest, isIssued } from './csr.ts'
import { createWorkQueue } from './work-queue.ts'

/** How many requests kube-controller-manager works on at once in each of these controllers. Source: cmd/kube-controller-manager/app/certificates.go. */
const WORKERS = 5

/** What is to be done with a request after one look at it: nothing, look again after the back-off, or look again at a set time. */
export type Outcome = 'done' | 'retry' | { readonly afterMs: number }

export interface ControllerOptions {
  readonly clock: Clock
  /** Told of errors that are not conflicts; the request is tried again whatever this does. */
  readonly onError?: (error: unknown, name: string) => void
}

/**
 * Looks at every request, and again whenever it changes, until it has a certificate.
 * @param handle - one look; when it throws, the request is tried again after the back-off.
 * @returns never; rejects with the signal's reason.
 */
export async function runController(
  api: CsrControllerApi,
  handle: (csr: CertificateSigningRequest) => Promise<Outcome>,
  { clock, onError = () => undefined }: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const look = async (name: string): Promise<Outcome> => {
    const csr = await api.get(name)
    return csr === undefined || isIssued(csr) ? 'done' : handle(csr)
  }
  const work = async (name: string): Promise<void> => {
    let outcome: Outcome = 'retry'
    try {
      outcome = await look(name)
    } catch (error) {
      if (statusOf(error) === 404) outcome = 'done'
      else if (statusOf(error) !== 409) onError(error, name)
    }
    if (outcome === 'retry') queue.retry(name)
    else queue.forget(name)
    if (typeof outcome === 'object') queue.addAfter(name, outcome.afterMs)
  }
  const queue = createWorkQueue(work, { workers: WORKERS, clock, signal })
  await api.follow(({ metadata }) => {
    queue.add(metadata.name)
  }, signal)
}
