/**
 * The signers of kube-controller-manager (csrsigning), with the faults that a laboratory can give them.
 * Source: pkg/controller/certificates/signer/signer.go (handle).
 */
import type { Authority } from '../pki/authority.ts'
import { readRequestField } from '../pki/certificate-request.ts'
import { signCertificate } from '../pki/sign.ts'
import { runController, type ControllerOptions } from './controller.ts'
import type { CsrControllerApi } from './controller-api.ts'
import {
  type CertificateSigningRequest,
  type Condition,
  conditionsOf,
  hasCondition,
  timestamp,
  withCertificate,
  withCondition,
} from './csr.ts'
import { signerRules } from './recognise.ts'
import { createStrangers, type SigningFault, signWithFault, type Strangers } from './signing-faults.ts'

/** What the signer does about a request. */
export type SigningDecision =
  | { readonly do: 'nothing' }
  /** The request cannot be read, or the CA has expired: tried again for ever, without a word in the object. */
  | { readonly do: 'retry'; readonly why: string }
  | { readonly do: 'fail'; readonly condition: Condition }
  | { readonly do: 'issue'; readonly certificatePem: string }
  | { readonly do: 'wait'; readonly afterMs: number }

/** How the signer works. Data: another value may take its place between two looks at a request. */
export interface SigningTerms {
  readonly authority: Authority
  /** --cluster-signing-duration; 31536000 (a year) unless set. */
  readonly durationSeconds?: number
  /** Where NotBefore lies from the moment of signing, s; -300 unless set. */
  readonly notBeforeOffsetSeconds?: number
  /** Counted from when the signer first saw the request approved. */
  readonly delayMs?: number
  /** What it does wrong; nothing unless set. */
  readonly fault?: SigningFault
}

/** What a decision needs besides request and terms. */
export interface SigningMoment {
  readonly now: Date
  /** When the signer first saw the request approved. */
  readonly since: Date
  /** 16 random octets. */
  readonly serial: Uint8Array
  /** Needed where the terms have a fault. */
  readonly strangers?: Strangers | undefined
}

const DEFAULT_DURATION_SECONDS = 365 * 24 * 3600

/** Whether a signer of kube-controller-manager would look at this request at all. */
export function awaitsSigning(csr: CertificateSigningRequest): boolean {
  return (
    csr.spec.signerName in signerRules &&
    hasCondition(csr, 'Approved') &&
    !hasCondition(csr, 'Denied') &&
    !hasFailed(csr)
  )
}

/** Pure but for the CA's signature, whose nonce OpenSSL draws itself. */
export function decideSigning(
  csr: CertificateSigningRequest,
  terms: SigningTerms,
  { now, since, serial, strangers }: SigningMoment,
): SigningDecision {
  const rule = signerRules[csr.spec.signerName]
  if (rule === undefined || !awaitsSigning(csr)) return { do: 'nothing' }
  const afterMs = since.getTime() + (terms.delayMs ?? 0) - now.getTime()
  if (afterMs > 0) return { do: 'wait', afterMs }
  const parsed = readRequestField(csr.spec.request)
  if ('error' in parsed) return { do: 'retry', why: parsed.error }
  const usages = csr.spec.usages ?? []
  const violation = rule(parsed.ok, usages)
  if (violation !== undefined) return { do: 'fail', condition: failure(violation, now) }
  const { authority, durationSeconds = DEFAULT_DURATION_SECONDS, notBeforeOffsetSeconds, fault } = terms
  const asked = {
    usages,
    expirationSeconds: csr.spec.expirationSeconds,
    durationSeconds,
    ...(notBeforeOffsetSeconds !== undefined && { notBeforeOffsetSeconds }),
    now,
    serial,
  }
  if (fault !== undefined && strangers === undefined) throw new TypeError('a fault needs its strangers')
  try {
    const certificatePem =
      fault && strangers
        ? signWithFault(fault, parsed.ok, asked, { authority, strangers })
        : signCertificate(parsed.ok, asked, authority)
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

export interface SignerOptions extends ControllerOptions {
  /** Asked anew at each look at a request, so that the terms can change while the signer runs. */
  readonly terms: () => SigningTerms
  readonly random: (octets: number) => Uint8Array
}

/** Runs until the signal aborts. */
export async function startSigner(api: CsrControllerApi, options: SignerOptions, signal: AbortSignal): Promise<void> {
  const { clock, random } = options
  const seenApproved = new Map<string, Date>()
  let strangers: Promise<Strangers> | undefined

  const decide = async (csr: CertificateSigningRequest): Promise<SigningDecision> => {
    if (!awaitsSigning(csr)) return { do: 'nothing' }
    const terms = options.terms()
    const { name } = csr.metadata
    const since = seenApproved.get(name) ?? clock.now()
    if (terms.fault !== undefined) strangers ??= createStrangers(terms.authority, since)
    const moment = { now: clock.now(), since, serial: random(16), strangers: await strangers }
    const decision = decideSigning(csr, terms, moment)
    if (decision.do === 'wait') seenApproved.set(name, since)
    else seenApproved.delete(name)
    return decision
  }

  await runController(
    api,
    async (csr) => {
      const decision = await decide(csr)
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
          await issue(api, withCertificate(csr, decision.certificatePem), options.terms().fault)
          return 'done'
      }
    },
    options,
    signal,
  )
}

/** An API server does not store garbage, so it is put past its validation. */
async function issue(
  api: CsrControllerApi,
  csr: CertificateSigningRequest,
  fault: SigningFault | undefined,
): Promise<void> {
  await (fault === 'garbage' ? api.forceStatus(csr) : api.updateStatus(csr))
}
