import { unreachable } from '../errors.ts'

/** A credential found on disk, judged: `usable` means that key, subject and dates are right for this node and moment. */
export type Judged =
  | { readonly kind: 'usable'; readonly notBefore: Date; readonly notAfter: Date }
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'absent' }

/** All that decides how the client credential is come by. */
export interface Situation {
  /** What the node's kubeconfig leads to: what a kubelet that started now would use. */
  readonly kubeconfig: Judged
  /** What kubelet-client-current.pem holds, whether or not a kubeconfig names it. */
  readonly current: Judged
  /** Whether there is a bootstrap kubeconfig to ask with. */
  readonly bootstrap: boolean
  /** Whether a pending key is there: a run before this one did not come to its end. */
  readonly pendingKey: boolean
}

/** What to do about the client credential. */
export type Step =
  /** All is in place, and nothing is to be sent. */
  | { readonly do: 'keep' }
  /** A usable pair is in place, but what comes after it (kubeconfig, proof, tidying up) may not have happened. */
  | { readonly do: 'finish' }
  | { readonly do: 'request'; readonly because: string }
  /** There is no usable credential, and nothing to ask for one with. */
  | { readonly do: 'give-up'; readonly because: string }

/** What a one-shot bootstrap does. Pure. Compare pkg/kubelet/certificate/bootstrap/bootstrap.go, LoadClientConfig. */
export function nextStep({ kubeconfig, current, bootstrap, pendingKey }: Situation): Step {
  // A bootstrap kubeconfig that is still there means that a token still lies around: prove the credential, then remove it.
  if (kubeconfig.kind === 'usable') return bootstrap || pendingKey ? { do: 'finish' } : { do: 'keep' }
  if (current.kind === 'usable' && bootstrap) return { do: 'finish' }
  const because = describe(kubeconfig, current)
  return bootstrap ? { do: 'request', because } : { do: 'give-up', because }
}

function describe(kubeconfig: Judged, current: Judged): string {
  switch (kubeconfig.kind) {
    case 'absent':
      return current.kind === 'unusable' ? current.why : 'this node has no client credential yet'
    case 'unusable':
      return kubeconfig.why
    case 'usable':
      return 'it was asked for'
    default:
      return unreachable(kubeconfig)
  }
}
