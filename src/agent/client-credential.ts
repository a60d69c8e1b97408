import { createPublicKey } from 'node:crypto'
import { dirname } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import type { RetryPolicy } from '../backoff.ts'
import { CertletError, unreachable } from '../errors.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { readClientKubeconfig, renderClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import { connectionTo } from '../kube/connection.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import { makeDirectory, replaceFile } from '../store/replace-file.ts'
import type { AgentContext } from './context.ts'
import { type Wait, withDeadline } from './deadline.ts'
import { type Judged, judge, judgeCurrent, type Usable } from './judge.ts'
import { nextStep } from './next-step.ts'
import { obtain } from './obtain.ts'
import { prove, type Proof } from './prove.ts'
import type { BootstrapSettings } from './settings.ts'

/** How the client credential came to be in place. */
export interface ClientCredential {
  readonly how: 'kept' | 'finished' | 'issued'
  readonly credential: Usable
  /** Name of the request that this run made or adopted. */
  readonly requestName?: string
  /** Whether the pending key became this credential's, so that it can go once that is proven. */
  readonly pendingKeyUsed: boolean
  /** Absent when nothing was sent, or the server could not be asked. */
  readonly proof?: Extract<Proof, { kind: 'proven' }>
}

export interface ClientTask {
  readonly settings: BootstrapSettings
  /** The bootstrap kubeconfig, or why there is none that can be used. */
  readonly bootstrap: BootstrapKubeconfig | CertletError
  /** Whether the bootstrap file is to go once the credential is proven. */
  readonly bootstrapToRemove: boolean
  readonly store: CredentialStore
  readonly retry: RetryPolicy
  readonly wait: Wait
  readonly context: AgentContext
}

/** Proving an old credential, only so that a token can go, is no reason to hold up a node for longer than this, ms. */
const TIDY_UP_MS = 30_000

/**
 * Sees to it that the node has a client credential, its kubeconfig, and the API server's word that both work.
 * @throws CertletError KUBECONFIG_MISSING and the other faults of the bootstrap kubeconfig when it is needed; PROOF_FAILED; whatever
 * `obtain` throws.
 */
export async function clientCredential(task: ClientTask): Promise<ClientCredential> {
  const { bootstrap, bootstrapToRemove, context } = task
  const { kubeconfig, current, unfinished } = look(task)
  const step = nextStep({
    kubeconfig,
    current,
    bootstrap: !(bootstrap instanceof CertletError),
    leftovers: unfinished || bootstrapToRemove,
  })
  switch (step.do) {
    case 'keep':
      // Nothing of it is needed; but a file with a token in it that nobody can use should not lie around unnoticed.
      if (bootstrap instanceof CertletError && bootstrap.code !== 'KUBECONFIG_MISSING') {
        context.log.warn('the bootstrap kubeconfig is not needed, cannot be used, and stays', {
          reason: bootstrap.message,
        })
      }
      return { how: 'kept', credential: usable(kubeconfig), pendingKeyUsed: false }
    case 'finish':
      context.log.info(unfinished ? 'going on where an earlier run ended' : 'there is a usable client credential')
      return finish(task, { kubeconfig, current, unfinished })
    case 'request':
      return request(task, needed(bootstrap), step.because)
    case 'give-up':
      throw giveUp(step.because, bootstrap)
    default:
      return unreachable(step)
  }
}

interface Look {
  readonly kubeconfig: Judged
  readonly current: Judged
  /** The pending key belongs to the pair in use: a run ended between the switch and the proof. */
  readonly unfinished: boolean
}

function look({ settings, store, context }: ClientTask): Look {
  const needs = { identity: settings.identity, purpose: 'client', now: context.clock.now() } as const
  const file = readClientKubeconfig(settings.kubeconfigPath)
  const kubeconfig: Judged =
    file.kind === 'readable'
      ? judge(file, needs)
      : file.kind === 'broken'
        ? { kind: 'unusable', why: `kubeconfig "${settings.kubeconfigPath}": ${file.why}` }
        : { kind: 'absent' }
  const current = judgeCurrent(store, needs)
  const used = kubeconfig.kind === 'usable' ? kubeconfig : current
  const pending = store.readPendingKey()
  const unfinished = used.kind === 'usable' && pending !== undefined && sameKey(pending, used.pair.privateKeyPem)
  return { kubeconfig, current, unfinished }
}

async function finish(task: ClientTask, { kubeconfig, current, unfinished }: Look): Promise<ClientCredential> {
  const { bootstrap, context, wait } = task
  if (kubeconfig.kind !== 'usable') writeKubeconfig(task, needed(bootstrap))
  const credential = usable(kubeconfig.kind === 'usable' ? kubeconfig : current)
  let proof: Proof
  try {
    proof = unfinished ? await proveKubeconfig(task, wait.signal) : await proveSoon(task)
  } catch (error) {
    if (unfinished || !(error instanceof CertletError) || !error.retry) throw error
    context.log.warn('the credential could not be proven now, so the bootstrap kubeconfig stays', {
      reason: error.message,
    })
    return { how: 'finished', credential, pendingKeyUsed: unfinished }
  }
  if (proof.kind === 'proven') return { how: 'finished', credential, pendingKeyUsed: unfinished, proof }
  if (unfinished || bootstrap instanceof CertletError) throw notAccepted(proof.why)
  return request(task, bootstrap, `the client credential is not accepted: ${proof.why}`)
}

/** The long way: a new key pair, a request, a certificate, and all that follows, each step durable before the next. */
async function request(task: ClientTask, bootstrap: BootstrapKubeconfig, because: string): Promise<ClientCredential> {
  const { settings, store, retry, wait, context } = task
  context.log.info('requesting a client certificate', { node: settings.identity.nodeName, because })
  using connection = connectionTo(bootstrap.kubeConfig, retry)
  const { keyPair, issued, requestName } = await obtain(
    { purpose: 'client', settings },
    { connection, store, wait, context },
  )
  const pair = { certificatePem: issued.certificatePem, privateKeyPem: keyPair.privateKeyPem }
  const path = store.commit({ ...pair, now: context.clock.now() })
  context.log.info('the credential is written', { path })
  writeKubeconfig(task, bootstrap)
  const proof = await proveKubeconfig(task, wait.signal)
  if (proof.kind === 'refused') throw notAccepted(proof.why)
  return {
    how: 'issued',
    credential: { kind: 'usable', pair, certificate: issued },
    requestName,
    pendingKeyUsed: true,
    proof,
  }
}

function writeKubeconfig({ settings, store, context }: ClientTask, bootstrap: BootstrapKubeconfig): void {
  makeDirectory(dirname(settings.kubeconfigPath), 0o755)
  replaceFile(settings.kubeconfigPath, renderClientKubeconfig(bootstrap.server, store.currentPath), 0o600)
  context.log.info('the kubeconfig is written', { path: settings.kubeconfigPath })
}

/** Proves the kubeconfig as it stands on disk, with the files that it names: what a kubelet would read. */
async function proveKubeconfig({ settings, retry, context }: ClientTask, signal: AbortSignal): Promise<Proof> {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(settings.kubeconfigPath)
  using connection = connectionTo(kubeConfig, retry)
  const proof = await prove(connection, settings.identity.commonName, signal)
  if (proof.kind === 'proven') context.log.info('the API server accepts it', { user: proof.username, by: proof.by })
  return proof
}

function proveSoon(task: ClientTask): Promise<Proof> {
  const { clock } = task.context
  const limit = { timeoutMs: TIDY_UP_MS, what: 'proof of the client credential', clock, signal: task.wait.signal }
  return withDeadline(({ signal, note }) => {
    const retry: RetryPolicy = { ...task.retry, onProblem: note }
    return proveKubeconfig({ ...task, retry }, signal)
  }, limit)
}

function usable(judged: Judged): Usable {
  if (judged.kind === 'usable') return judged
  throw new CertletError('INTERNAL', 'A credential that was judged usable is not')
}

function needed(bootstrap: BootstrapKubeconfig | CertletError): BootstrapKubeconfig {
  if (bootstrap instanceof CertletError) throw bootstrap
  return bootstrap
}

function sameKey(pem: string, other: string): boolean {
  try {
    return createPublicKey(pem).equals(createPublicKey(other))
  } catch {
    return false // a pending key that does not parse is nobody's
  }
}

function notAccepted(why: string): CertletError {
  return new CertletError('PROOF_FAILED', `Cannot use the client credential: ${why}`)
}

function giveUp(because: string, bootstrap: BootstrapKubeconfig | CertletError): CertletError {
  if (!(bootstrap instanceof CertletError)) return new CertletError('INTERNAL', because)
  return new CertletError(bootstrap.code, `${bootstrap.message}, and it is needed: ${because}`, {
    hint: bootstrap.hint,
  })
}
