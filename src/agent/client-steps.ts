import { dirname } from 'node:path'
import { CertletError } from '../errors.ts'
import type { ApiServer } from '../kubeconfig/api-server.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { clientKubeConfig, renderClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import type { Connection } from '../kube/connection.ts'
import type { Pair } from '../store/pair.ts'
import { makeDirectory, replaceFile } from '../store/replace-file.ts'
import { noteClock } from './clock-skew.ts'
import type { Usable } from './judge.ts'
import { type Obtained, obtain } from './obtain.ts'
import { prove, type Proof } from './prove.ts'
import { stopwatch } from './stopwatch.ts'
import type { Task } from './task.ts'

export type Proven = Extract<Proof, { kind: 'proven' }>

/** A client credential that was just come by, and what the API server says of it. */
export interface NewCredential<P extends Proof = Proven> {
  readonly credential: Usable
  readonly requestName: string
  readonly proof: P
}

/**
 * From token to credential: a new key pair, a request, a certificate, and all that follows, each step durable before the next. There
 * is nothing yet that a credential which turns out not to work could harm, so the proof is made by what is on disk: what a kubelet
 * would read. One that is refused stays there, with its pending key: that says, also to the next run, that it is not proven.
 * @param own - a connection by the kubeconfig as it stands.
 * @throws whatever `obtain` and the disk throw.
 */
export async function requestCredential(
  task: Task,
  bootstrap: BootstrapKubeconfig,
  { because, anew, own }: { because: string; anew: boolean; own: () => Connection },
): Promise<NewCredential<Proof>> {
  const { settings, retry, context } = task
  context.log.info('requesting a client certificate', { node: settings.identity.nodeName, because })
  using connection = context.connect(bootstrap.kubeConfig, retry)
  const obtained = await obtain(task, { connection, because, anew })
  const lap = stopwatch(task)
  const pair = commit(task, obtained)
  writeKubeconfig(task, bootstrap.server)
  lap('commit')
  const proof = await proveOnDisk(task, own)
  lap('proof')
  return newCredential(obtained, pair, proof)
}

/**
 * From one credential to the next. The old one stays the current one until the API server has accepted the new one. The
 * key of one that is refused is given up, so that the next request is for another certificate.
 * @param connection - made with the credential that is replaced.
 * @throws CertletError PROOF_FAILED, and whatever `obtain` and the disk throw; in every case the old credential is still in use.
 */
export async function rotateCredential(
  task: Task,
  { connection, server, because }: { connection: Connection; server: ApiServer; because: string },
): Promise<NewCredential> {
  task.context.log.info('renewing the client certificate', { because })
  const obtained = await obtain(task, { connection, because })
  const lap = stopwatch(task)
  const proof = await proveInMemory(task, server, pairOf(obtained))
  lap('proof')
  if (proof.kind === 'refused') {
    task.store.removePendingKey()
    throw notAccepted(proof.why)
  }
  const pair = commit(task, obtained)
  lap('commit')
  return newCredential(obtained, pair, proof)
}

/** Proves the kubeconfig as it stands on disk, with the files that it names. @param own - a connection by it. @throws as `own`, too. */
export async function proveOnDisk(task: Task, own: () => Connection): Promise<Proof> {
  return logged(await proveBy(task, own()), task.context.log)
}

/** Proves a pair at a server before either is written anywhere. */
export async function proveInMemory(task: Task, server: ApiServer, pair: Pair): Promise<Proof> {
  using connection = task.context.connect(clientKubeConfig(server, pair), task.retry)
  return logged(await proveBy(task, connection), task.context.log)
}

/** Proves the credential that a connection was made with. */
export async function proveBy(task: Task, connection: Connection): Promise<Proof> {
  const { retry, wait } = task
  const proof = await prove(connection, task.settings.identity.commonName, { retry, signal: wait.signal })
  noteClock(task, connection)
  return proof
}

/** Writes the node's kubeconfig; its credential is the current pair of the store. */
export function writeKubeconfig({ settings, store, context }: Task, server: ApiServer): void {
  makeDirectory(dirname(settings.kubeconfigPath), 0o755)
  replaceFile(settings.kubeconfigPath, renderClientKubeconfig(server, store.currentPath), 0o600)
  context.log.info('the kubeconfig is written', { path: settings.kubeconfigPath })
}

/**
 * What is left to do once the API server has accepted the credential. The pending key goes last: as long as it is there, a run that was killed
 * in the midst of this is known not to have come to its end.
 */
export function tidyUp({ store, settings, bindings }: Task, { pair }: Usable, pendingKeyUsed: boolean): void {
  bindings.bind(pair.privateKeyPem) // a kubelet's key becomes ours here
  store.prune(settings.keepPairs)
  if (pendingKeyUsed) store.removePendingKey()
}

/** The error for a credential that the API server does not accept. */
export function notAccepted(why: string): CertletError {
  return new CertletError('PROOF_FAILED', `Cannot use the client credential: ${why}`)
}

/** Makes the pair the current one. @returns it. */
export function commit({ store, purpose, context }: Task, obtained: Obtained): Pair {
  const pair = pairOf(obtained)
  const path = store.commit({ ...pair, now: context.clock.now() })
  context.log.info('the credential is written', { purpose, path })
  return pair
}

function pairOf({ issued, keyPair }: Obtained): Pair {
  return { certificatePem: issued.certificatePem, privateKeyPem: keyPair.privateKeyPem }
}

function newCredential<P extends Proof>({ issued, requestName }: Obtained, pair: Pair, proof: P): NewCredential<P> {
  return { credential: { kind: 'usable', pair, certificate: issued }, requestName, proof }
}

function logged(proof: Proof, log: Task['context']['log']): Proof {
  if (proof.kind === 'proven') log.info('the API server accepts it', { user: proof.username, by: proof.by })
  return proof
}
