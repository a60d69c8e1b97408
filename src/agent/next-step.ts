import { unreachable } from '../errors.ts'

/** Of a judged credential, what the decision needs. */
export type Finding =
  { readonly kind: 'usable' } | { readonly kind: 'unusable'; readonly why: string } | { readonly kind: 'absent' }

/** What the API server says of the credential in use; `unasked` is nobody's fault, and the first thing that a daemon finds out. */
export type Standing =
  { readonly kind: 'unasked' } | { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly why: string }

/** All that decides what is done about the client credential. */
export interface Situation {
  /** What the node's kubeconfig leads to: what a kubelet that started now would use. */
  readonly kubeconfig: Finding
  /** What kubelet-client-current.pem holds, whether or not a kubeconfig names it. */
  readonly current: Finding
  /** Whether there is a bootstrap kubeconfig to ask with. */
  readonly bootstrap: boolean
  /**
   * Whether something is there that has to be dealt with once the credential is proven: a bootstrap file that has not been looked at, a
   * CA bundle that is not the kubeconfig's, or the pending key of the very pair that is in use.
   */
  readonly leftovers: boolean
  readonly standing: Standing
  /** When the credential in use is replaced; absent for a one-shot bootstrap, which keeps whatever is usable. */
  readonly rotation?: Rotation
  readonly now: Date
}

export interface Rotation {
  readonly due: Date
  /** Why it should happen now, whatever the date: somebody asked for it, or a request of ours is under way already. */
  readonly because?: string | undefined
}

/** What to do about the client credential. */
export type Step =
  /** All is in place, and nothing is to be done before then; a bootstrap is over. */
  | { readonly do: 'keep'; readonly until?: Date }
  /** A usable pair is in place; what comes after it (kubeconfig, proof, tidying up) may not have happened. */
  | { readonly do: 'finish' }
  /** Replace the credential, asking with the credential itself. */
  | { readonly do: 'rotate'; readonly because: string }
  /** Come by a credential with the bootstrap kubeconfig. */
  | { readonly do: 'request'; readonly because: string }
  /** There is no credential that works, and nothing to ask for one with: a human has to bring a bootstrap kubeconfig. */
  | { readonly do: 'give-up'; readonly because: string }

/** What happens next. Pure. Compare pkg/kubelet/certificate/bootstrap/bootstrap.go, LoadClientConfig, and docs/run.md. */
export function nextStep(situation: Situation): Step {
  const { kubeconfig, current, bootstrap, standing } = situation
  if (standing.kind === 'refused') return ask(bootstrap, `the client credential is not accepted: ${standing.why}`)
  if (kubeconfig.kind === 'usable') return keepOrRenew(situation)
  if (current.kind === 'usable' && bootstrap) return { do: 'finish' }
  return ask(bootstrap, describe(kubeconfig, current))
}

function keepOrRenew({ leftovers, standing, rotation, now }: Situation): Step {
  if (leftovers) return { do: 'finish' }
  if (!rotation) return { do: 'keep' }
  if (standing.kind === 'unasked') return { do: 'finish' }
  if (rotation.because !== undefined) return { do: 'rotate', because: rotation.because }
  if (rotation.due <= now) return { do: 'rotate', because: `it is due since ${rotation.due.toISOString()}` }
  return { do: 'keep', until: rotation.due }
}

function ask(bootstrap: boolean, because: string): Step {
  return bootstrap ? { do: 'request', because } : { do: 'give-up', because }
}

/** Why there is no usable credential: by what the kubeconfig leads to, if there is one. */
function describe(kubeconfig: Finding, current: Finding): string {
  const told = kubeconfig.kind === 'absent' ? current : kubeconfig
  switch (told.kind) {
    case 'absent':
      return 'this node has no client credential yet'
    case 'unusable':
      return `the client credential cannot be used: ${told.why}`
    case 'usable':
      return 'there is a client credential but no kubeconfig that names it'
    default:
      return unreachable(told)
  }
}
