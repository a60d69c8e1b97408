/** What can be set while a lab runs: who approves, and how the signer signs. */
import { array, boolean, exactOptional, picklist, strictObject, type GenericSchema } from 'valibot'
import { approvalRule, type ApprovalRule } from './controllers/approval-rules.ts'
import type { ApprovalMode } from './controllers/approver.ts'
import { SIGNING_FAULTS, type SigningFault } from './controllers/signing-faults.ts'
import type { SigningTerms } from './controllers/signer.ts'
import { duration, msOf, signedDuration } from './documents/fields.ts'

export interface ApprovalSettings {
  /** Decides where no rule matches. */
  readonly mode: ApprovalMode
  /** The first that matches decides. */
  readonly rules: readonly ApprovalRule[]
}

/** Durations are texts like `90s`, `1h30m`. */
export interface SigningSettings {
  /** Whether what is approved is signed. */
  readonly enabled: boolean
  /** Longest lifetime of certificates, as kube-controller-manager's --cluster-signing-duration. */
  readonly duration: string
  /** How long an approved request waits for its certificate. */
  readonly delay: string
  /** Where the start of validity lies from the moment of signing; `-5m` as the real signer has it. */
  readonly notBeforeOffset: string
  /** What the signer does wrong. */
  readonly fault?: SigningFault
}

export const defaultApproval: ApprovalSettings = { mode: 'auto', rules: [] }

export const defaultSigning: SigningSettings = { enabled: true, duration: '8760h', delay: '0s', notBeforeOffset: '-5m' }

/** New {@link ApprovalSettings} as people write them; what is left out has its default. */
export const approvalSettings: GenericSchema<unknown, Partial<ApprovalSettings>> = strictObject({
  mode: exactOptional(picklist(['auto', 'manual', 'none', 'deny'])),
  rules: exactOptional(array(approvalRule)),
})

/** New {@link SigningSettings} as people write them; what is left out has its default. */
export const signingSettings: GenericSchema<unknown, Partial<SigningSettings>> = strictObject({
  enabled: exactOptional(boolean()),
  duration: exactOptional(duration),
  delay: exactOptional(duration),
  notBeforeOffset: exactOptional(signedDuration),
  fault: exactOptional(picklist(SIGNING_FAULTS)),
})

/** The signer's terms without its CA. */
export function termsOf({ duration, delay, notBeforeOffset, fault }: SigningSettings): Omit<SigningTerms, 'authority'> {
  return {
    durationSeconds: Math.floor(msOf(duration) / 1000),
    delayMs: msOf(delay),
    notBeforeOffsetSeconds: Math.floor(msOf(notBeforeOffset) / 1000),
    ...(fault !== undefined && { fault }),
  }
}
