import { unreachable } from '../errors.ts'

/** Of a judged credential, what the decision needs. */
export type Finding =
  { readonly kind: 'usable' } | { readonly kind: 'unusable'; readonly why: string } | { readonly kind: 'absent' }

/** All that decides how the client credential is come by. */
export interface Situation {
  /** What the node's kubeconfig leads to: what a kubelet that started now would use. */
  readonly kubeconfig: Finding
  /** What kubelet-client-current.pem holds, whether or not a kubeconfig names it. */
  readonly current: Finding
  /** Whether there is a bootstrap kubeconfig to ask with. */
  readonly bootstrap: boolean
  /**
   * Whether something of a bootstrap is still there that has to go once the credential is proven: the bootstrap file, or the pending
   * key of the very pair that is in use.
   */
  readonly leftovers: boolean
}

/** What to do about the client credential. */
export type Step =
  /** All is in place, and nothing is to be sent. */
  | { readonly do: 'keep' }
  /** A usable pair is in place; what comes after it (kubeconfig, proof, tidying up) may not have happened. */
  | { readonly do: 'finish' }
  | { readonly do: 'request'; readonly because: string }
  /** There is no usable credential, and nothing to ask for one with. */
  | { readonly do: 'give-up'; readonly because: string }

/** What a one-shot bootstrap does. Pure. Compare pkg/kubelet/certificate/bootstrap/bootstrap.go, LoadClientConfig. */
export function nextStep({ kubeconfig, current, bootstrap, leftovers }: Situation): Step {
  if (kubeconfig.kind === 'usable') return leftovers ? { do: 'finish' } : { do: 'keep' }
  if (current.kind === 'usable' && bootstrap) return { do: 'finish' }
  const because = describe(kubeconfig, current)
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
