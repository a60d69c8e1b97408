/** The controllers that work on requests and bootstrap tokens, as kube-controller-manager runs them, and what can be changed about them meanwhile. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import type { Generation } from '../generation.ts'
import type { Authority } from '../pki/authority.ts'
import { type ApprovalSettings, type SigningSettings, termsOf } from '../settings.ts'
import { startApprover } from './approver.ts'
import { startBootstrapSigner, startTokenCleaner, type TokenControllerApi } from './bootstrap-tokens.ts'
import { startCleaner } from './cleaner.ts'
import type { CsrControllerApi } from './controller-api.ts'
import { startSigner } from './signer.ts'

export interface ControllerManager {
  /** Every request is looked at again. */
  setApproval(settings: ApprovalSettings): void
  /** Every request is looked at again. */
  setSigning(settings: SigningSettings): void
  /** Ends all controllers. */
  stop(): void
}

export interface ControllerManagerOptions {
  readonly clock: Clock
  readonly generation: Generation
  readonly authority: Authority
  readonly approval: ApprovalSettings
  readonly signing: SigningSettings
}

export function startControllerManager(
  { requests: api, tokens }: { requests: CsrControllerApi; tokens: TokenControllerApi },
  options: ControllerManagerOptions,
): ControllerManager {
  const { authority, clock, generation } = options
  const [cleaner, approver, signer, bootstrapSigner, tokenCleaner] = [slot(), slot(), slot(), slot(), slot()]
  const setApproval = (policy: ApprovalSettings): void => {
    approver.run((signal) => startApprover(api, { clock, policy }, signal))
  }
  const setSigning = (settings: SigningSettings): void => {
    const terms = { authority, ...termsOf(settings) }
    if (!settings.enabled) signer.stop()
    else signer.run((signal) => startSigner(api, { clock, random: randomBytes, terms: () => terms }, signal))
  }
  cleaner.run((signal) => startCleaner(api, { clock, approvedUnissued: generation.cleanerRemovesApproved }, signal))
  bootstrapSigner.run((signal) => startBootstrapSigner(tokens, { clock }, signal))
  tokenCleaner.run((signal) => startTokenCleaner(tokens, { clock }, signal))
  setApproval(options.approval)
  setSigning(options.signing)
  return {
    setApproval,
    setSigning,
    stop: () => {
      for (const one of [cleaner, approver, signer, bootstrapSigner, tokenCleaner]) one.stop()
    },
  }
}

/** A place for one running controller: the next one takes it when the one before was told to end. */
function slot(): { run: (controller: (signal: AbortSignal) => Promise<void>) => void; stop: () => void } {
  let current = new AbortController()
  const stop = (): void => {
    current.abort()
  }
  return {
    stop,
    run: (controller) => {
      stop()
      current = new AbortController()
      controller(current.signal).catch(() => undefined) // controllers end by the abort alone
    },
  }
}
