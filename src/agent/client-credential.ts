import { CertletError, unreachable } from '../errors.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { Connection } from '../kube/connection.ts'
import { type ClientLook, lookAtClient, usable } from './client-look.ts'
import { notAccepted, proveOnDisk, type Proven, requestCredential, tidyUp, writeKubeconfig } from './client-steps.ts'
import { withDeadline } from './deadline.ts'
import type { Usable } from './judge.ts'
import { nextStep, type Standing } from './next-step.ts'
import type { Proof } from './prove.ts'
import type { Task } from './task.ts'

/** How the client credential came to be in place. */
export interface ClientCredential {
  readonly how: 'kept' | 'finished' | 'issued'
  readonly credential: Usable
  /** Name of the request that this run made or adopted. */
  readonly requestName?: string
  /** Absent when nothing was sent, or the server could not be asked. */
  readonly proof?: Proven
}

export interface ClientTask extends Task {
  /** The bootstrap kubeconfig, or why there is none that can be used. */
  readonly bootstrap: BootstrapKubeconfig | CertletError
  /** A connection by the node's kubeconfig as it stands. @throws as loadKubeconfig. */
  readonly own: () => Connection
  /** Whether the bootstrap file is to go once the credential is proven. */
  readonly bootstrapToRemove: boolean
}

/** Proving an old credential, only so that a token can go, is no reason to hold up a node for longer than this, ms. */
const TIDY_UP_MS = 30_000

/**
 * Sees to it that the node has a client credential, its kubeconfig, and the API server's word that both work.
 * @throws CertletError KUBECONFIG_MISSING and the other faults of the bootstrap kubeconfig when it is needed; PROOF_FAILED; whatever
 * `obtain` throws.
 */
export async function clientCredential(task: ClientTask): Promise<ClientCredential> {
  const { bootstrap, bootstrapToRemove, context, own } = task
  const seen = lookAtClient(task)
  for (let standing: Standing = { kind: 'unasked' }; ;) {
    const step = nextStep({
      ...seen,
      bootstrap: !(bootstrap instanceof CertletError),
      // A request under way may be there because the credential was refused.
      leftovers: seen.unfinished || seen.underWay || bootstrapToRemove,
      standing,
      now: context.clock.now(),
    })
    switch (step.do) {
      case 'keep':
        // Nothing of it is needed; but a file with a token in it that nobody can use should not lie around unnoticed.
        if (bootstrap instanceof CertletError && bootstrap.code !== 'KUBECONFIG_MISSING') {
          context.log.warn('the bootstrap kubeconfig is not needed, cannot be used, and stays', {
            reason: bootstrap.message,
          })
        }
        return { how: 'kept', credential: usable(seen.kubeconfig) }
      case 'finish': {
        context.log.info(
          seen.unfinished ? 'going on where an earlier run ended' : 'there is a usable client credential',
        )
        const finished = await finish(task, seen)
        if (finished.kind === 'done') return finished
        standing = finished
        break
      }
      case 'request': {
        const { because } = step
        const made = await requestCredential(task, needed(bootstrap), { because, anew: seen.unfinished, own })
        const { credential, requestName, proof } = made
        if (proof.kind === 'refused') throw notAccepted(proof.why)
        tidyUp(task, credential, true)
        return { how: 'issued', credential, requestName, proof }
      }
      case 'give-up':
        throw giveUp(step.because, bootstrap)
      case 'rotate':
        throw new CertletError('INTERNAL', 'A bootstrap does not rotate')
      default:
        return unreachable(step)
    }
  }
}

/** @returns what the API server says where it refuses the credential and there is a token to ask for another. */
async function finish(
  task: ClientTask,
  { kubeconfig, current, unfinished }: ClientLook,
): Promise<(ClientCredential & { kind: 'done' }) | Extract<Standing, { kind: 'refused' }>> {
  const { bootstrap, context } = task
  if (kubeconfig.kind !== 'usable') writeKubeconfig(task, needed(bootstrap).server)
  const credential = usable(kubeconfig.kind === 'usable' ? kubeconfig : current)
  let proof: Proof
  try {
    proof = unfinished ? await proveOnDisk(task, task.own) : await proveSoon(task)
  } catch (error) {
    if (unfinished || !(error instanceof CertletError) || !error.retry) throw error
    context.log.warn('the credential could not be proven now, and what is left to do then stays for the next run', {
      reason: error.message,
    })
    return { kind: 'done', how: 'finished', credential }
  }
  if (proof.kind === 'proven') {
    tidyUp(task, credential, unfinished)
    return { kind: 'done', how: 'finished', credential, proof }
  }
  if (bootstrap instanceof CertletError) throw notAccepted(proof.why)
  return proof
}

function proveSoon(task: ClientTask): Promise<Proof> {
  const { clock } = task.context
  const limit = { timeoutMs: TIDY_UP_MS, what: 'proof of the client credential', clock, signal: task.wait.signal }
  return withDeadline(
    (wait) => proveOnDisk({ ...task, wait, retry: { ...task.retry, onProblem: wait.note } }, task.own),
    limit,
  )
}

function needed(bootstrap: BootstrapKubeconfig | CertletError): BootstrapKubeconfig {
  if (bootstrap instanceof CertletError) throw bootstrap
  return bootstrap
}

function giveUp(because: string, bootstrap: BootstrapKubeconfig | CertletError): CertletError {
  if (!(bootstrap instanceof CertletError)) return new CertletError('INTERNAL', because)
  return new CertletError(bootstrap.code, `${bootstrap.message}, and it is needed: ${because}`, {
    hint: bootstrap.hint,
  })
}
