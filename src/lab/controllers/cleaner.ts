/** The cleaner of old requests: kube-controller-manager's csrcleaner. Source: pkg/controller/certificates/cleaner/cleaner.go. */
import { X509Certificate } from 'node:crypto'

import type { Clock } from '../../clock.ts'
import { decodePem } from '../pki/pem.ts'
import { type CsrControllerApi, statusOf } from './controller-api.ts'
import { certificatePem, type CertificateSigningRequest, type Condition, conditionsOf } from './csr.ts'

const HOUR_MS = 3_600_000
const INTERVAL_MS = HOUR_MS
/** Since the condition was set. */
const DECIDED_MS = HOUR_MS
/** Since the request was created. */
const PENDING_MS = 24 * HOUR_MS

/** @param approvedUnissued - whether approved requests without a certificate go after a day (from k/k#133116, 2025). */
export function shouldClean(
  csr: CertificateSigningRequest,
  now: Date,
  { approvedUnissued }: { approvedUnissued: boolean },
): boolean {
  const certificate = certificatePem(csr)
  const notAfter = certificate === undefined ? undefined : expiry(certificate)
  if (notAfter === 'unreadable') return false
  const conditions = conditionsOf(csr)
  const old = (time: string | undefined, ms: number): boolean =>
    time !== undefined && now.getTime() - new Date(time).getTime() > ms
  const decided = ({ type, lastUpdateTime }: Condition): boolean => {
    switch (type) {
      case 'Approved':
        return notAfter === undefined
          ? approvedUnissued && old(lastUpdateTime, PENDING_MS)
          : old(lastUpdateTime, DECIDED_MS) || now > notAfter
      case 'Denied':
      case 'Failed':
        return old(lastUpdateTime, DECIDED_MS)
      default:
        return false
    }
  }
  const pendingTooLong = conditions.length === 0 && old(csr.metadata.creationTimestamp, PENDING_MS)
  return pendingTooLong || conditions.some(decided)
}

/** A certificate that does not parse is an error to the real cleaner, which then leaves the request alone. */
function expiry(pem: string): Date | 'unreadable' {
  const block = decodePem(pem)?.block
  try {
    return block ? new Date(new X509Certificate(block.bytes).validTo) : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

/**
 * Looks at every request once an hour, for the first time after an hour. Runs until the signal aborts.
 * @param options.approvedUnissued - see shouldClean.
 */
export async function startCleaner(
  api: CsrControllerApi,
  options: {
    readonly clock: Clock
    readonly approvedUnissued: boolean
    readonly onError?: (error: unknown, name: string) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const names = new Set<string>()
  const collect = (): Promise<never> =>
    api.follow(({ metadata }) => {
      names.add(metadata.name)
    }, signal)
  const sweep = async (): Promise<never> => {
    for (;;) {
      await options.clock.sleep(INTERVAL_MS, signal)
      for (const name of names) {
        try {
          if (await clean(api, name, options)) names.delete(name)
        } catch (error) {
          if (statusOf(error) !== 404) options.onError?.(error, name)
        }
      }
    }
  }
  await Promise.all([collect(), sweep()])
}

/** Whether the request is gone. */
async function clean(
  api: CsrControllerApi,
  name: string,
  options: { clock: Clock; approvedUnissued: boolean },
): Promise<boolean> {
  const csr = await api.get(name)
  if (csr === undefined) return true
  if (!shouldClean(csr, options.clock.now(), options)) return false
  await api.delete(name, csr.metadata.uid)
  return true
}
