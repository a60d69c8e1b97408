import { CertletError } from '../errors.ts'
import type { Outcome } from './wait.ts'

/** A request that will not be issued, as an error. @param name - of the request. */
export function refusal(
  { kind, reason, message }: Extract<Outcome, { kind: 'denied' | 'failed' }>,
  name: string,
): CertletError {
  const said = [reason, message].filter((text) => text !== '').join(': ') || 'no reason given'
  const [code, words] =
    kind === 'denied' ? (['CSR_DENIED', 'denied'] as const) : (['CSR_FAILED', 'refused by the signer'] as const)
  return new CertletError(code, `Certificate signing request "${name}" was ${words} (${said})`)
}
