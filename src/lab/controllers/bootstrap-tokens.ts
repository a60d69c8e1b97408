/**
 * The two controllers of bootstrap tokens, off in kube-controller-manager unless kubeadm turns them on: one signs cluster-info with
 * every token, the other deletes tokens when their time is over.
 * Source: pkg/controller/bootstrap/{bootstrapsigner,tokencleaner}.go.
 */
import type { Change } from '../registry/watch.ts'
import type { KubeObject } from '../storage.ts'
import { CLUSTER_INFO, signedData } from './cluster-info.ts'
import type { ControllerOptions } from './controller.ts'
import { statusOf } from './controller-api.ts'
import { lifetimeLeftMs, TOKEN_SECRET_TYPE } from './token-secret.ts'
import { createWorkQueue, type WorkQueue } from './work-queue.ts'

/** What these controllers need of an API server; namespaces are those of kubeadm. */
export interface TokenControllerApi {
  /** Every Secret of kube-system that there is, then every change to one; rejects with the signal's reason when it aborts. */
  secretChanges(signal: AbortSignal): AsyncIterable<Change>
  /** The same for the ConfigMaps of kube-public. */
  configMapChanges(signal: AbortSignal): AsyncIterable<Change>
  secrets(): readonly KubeObject[]
  clusterInfo(): KubeObject | undefined
  /** @throws an error whose `status` is 409 when the object has changed since it was read. */
  updateClusterInfo(object: KubeObject): void
  /** Deletes the Secret if it still has this UID. @throws an error whose `status` is 404 or 409 */
  deleteSecret(name: string, uid: string | undefined): void
}

/** Keeps the signatures in cluster-info those of the tokens that there are. Runs until the signal aborts. */
export async function startBootstrapSigner(
  api: TokenControllerApi,
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const sign = (): void => {
    const object = api.clusterInfo()
    const data =
      object && signedData((object['data'] ?? {}) as Record<string, string>, api.secrets(), options.clock.now())
    if (object && data) api.updateClusterInfo({ ...object, data })
  }
  const queue = retryingQueue(sign, options, signal)
  const secrets = async (): Promise<void> => {
    for await (const _ of api.secretChanges(signal)) queue.add(CLUSTER_INFO.name)
  }
  const configMaps = async (): Promise<void> => {
    for await (const { object } of api.configMapChanges(signal)) {
      if (object.metadata.name === CLUSTER_INFO.name) queue.add(CLUSTER_INFO.name)
    }
  }
  await Promise.all([secrets(), configMaps()])
}

/** Deletes each token Secret at its expiration. Runs until the signal aborts. */
export async function startTokenCleaner(
  api: TokenControllerApi,
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const look = (name: string): void => {
    const secret = api.secrets().find(({ metadata }) => metadata.name === name)
    if (secret?.['type'] !== TOKEN_SECRET_TYPE) return
    const leftMs = lifetimeLeftMs(secret, options.clock.now())
    if (leftMs === 0) api.deleteSecret(name, secret.metadata.uid)
    else if (leftMs < Infinity) queue.addAfter(name, leftMs)
  }
  const queue = retryingQueue(look, options, signal)
  for await (const { type, object } of api.secretChanges(signal)) {
    if (type !== 'DELETED') queue.add(object.metadata.name ?? '')
  }
}

/** A queue whose work is done again after the back-off when it fails, but not about objects that are gone. */
function retryingQueue(
  work: (name: string) => void,
  { clock, onError }: ControllerOptions,
  signal: AbortSignal,
): WorkQueue {
  const attempt = (name: string): 'done' | 'retry' => {
    try {
      work(name)
      return 'done'
    } catch (error) {
      if (statusOf(error) === 404) return 'done'
      if (statusOf(error) !== 409) onError?.(error, name)
      return 'retry'
    }
  }
  const run = (name: string): Promise<void> => {
    if (attempt(name) === 'retry') queue.retry(name)
    else queue.forget(name)
    return Promise.resolve()
  }
  const queue = createWorkQueue(run, { workers: 1, clock, signal })
  return queue
}
