/**
 * The signers of kube-controller-manager (csrsigning), with the faults that a laboratory can give them.
 * Source: pkg/controller/certificates/signer/signer.go (handle).
 */
import type { Authority } from '../pki/authority.ts'
import { parseCertificateRequest } from '../pki/certificate-request.ts'
import { signCertificate } from '../pki/sign.ts'
import { runController, type ControllerOptions } from './controller.ts'
import type { CsrControllerApi } from './controller-api.ts'
import {
  type CertificateSigningRequest,
  type Condition,
  conditionsOf,
  hasCondition,
  requestPem,
  timestamp,
  withCertificate,
  withCondition,
} from './csr.ts'
import { signerRules } from './recognise.ts'

/** What the signer does about a request. */
export type SigningDecision =
  | { readonly do: 'nothing' }
  /** The request cannot be read, or the CA has expired: tried again for ever, without a word in the object. */
  | { readonly do: 'retry'; readonly why: string }
  | { readonly do: 'fail'; readonly condition: Condition }
  | { readonly do: 'issue'; readonly certificatePem: string }
  | { readonly do: 'wait'; readonly afterMs: number }

export interface SigningTerms {
  readonly authority: Authority
  /** --cluster-signing-duration; 31536000 (a year) unless set. */
  readonly durationSeconds?: number
  readonly delayMs?: number
}

const DEFAULT_DURATION_SECONDS = 365 * 24 * 3600

/**
 * Pure but for the CA's signature, whose nonce OpenSSL draws itself.
 * @param serial - 16 random octets.
 */
export function decideSigning(
  csr: CertificateSigningRequest,
  terms: SigningTerms,
  { now, serial }: { now: Date; serial: Uint8Array },
): SigningDecision {
  const rule = signerRules[csr.spec.signerName]
  const ready = hasCondition(csr, 'Approved') && !hasCondition(csr, 'Denied') && !hasFailed(csr)
  if (rule === undefined || !ready) return { do: 'nothing' }
  const parsed = parseCertificateRequest(requestPem(csr))
  if ('error' in parsed) return { do: 'retry', why: parsed.error }
  const usages = csr.spec.usages ?? []
  const fault = rule(parsed.ok, usages)
  if (fault !== undefined) return { do: 'fail', condition: failure(fault, now) }
  const { durationSeconds = DEFAULT_DURATION_SECONDS, authority } = terms
  const { expirationSeconds } = csr.spec
  try {
    const certificatePem = signCertificate(
      parsed.ok,
      { usages, expirationSeconds, durationSeconds, now, serial },
      authority,
    )
    return { do: 'issue', certificatePem }
  } catch (error) {
    return { do: 'retry', why: String(error) }
  }
}

const hasFailed = (csr: CertificateSigningRequest): boolean =>
  conditionsOf(csr).some(({ type, status }) => type === 'Failed' && status === 'True')

const failure = (message: string, now: Date): Condition => ({
  type: 'Failed',
  status: 'True',
  reason: 'SignerValidationFailure',
  message,
  lastUpdateTime: timestamp(now),
})

/** Runs until the signal aborts. */
export async function startSigner(
  api: CsrControllerApi,
  options: ControllerOptions & { readonly terms: SigningTerms; readonly random: (octets: number) => Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  await runController(
    api,
    async (csr) => {
      const { clock, terms, random } = options
      const decision = decideSigning(csr, terms, { now: clock.now(), serial: random(16) })
      switch (decision.do) {
        case 'nothing':
          return 'done'
        case 'retry':
          return 'retry'
        case 'wait':
          return { afterMs: decision.afterMs }
        case 'fail':
          await api.updateStatus(withCondition(csr, decision.condition))
          return 'done'
        case 'issue':
          await api.updateStatus(withCertificate(csr, decision.certificatePem))
          return 'done'
      }
    },
    options,
    signal,
  )
}
