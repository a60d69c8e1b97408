import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import type { Connection } from '../kube/connection.ts'
import { commit } from './client-steps.ts'
import { type Judged, judgeCurrent, type Usable } from './judge.ts'
import { obtain } from './obtain.ts'
import { sameKey } from './same-key.ts'
import { stopwatch } from './stopwatch.ts'
import type { Looking, Task } from './task.ts'

/** Judges the serving pair in use. @param names - that it has to have; any will do without. */
export function lookAtServing({ settings, store, bindings, context }: Looking, names?: SubjectAltNames): Judged {
  return judgeCurrent(store, {
    identity: settings.identity,
    purpose: 'serving',
    subjectAltNames: names,
    now: context.clock.now(),
    madeElsewhere: (key) => bindings.madeElsewhere(key),
  })
}

/** Whether a request is under way: there is a pending key of this machine that is not the one in use. */
export function hasOpenRequest({ store, bindings }: Pick<Looking, 'store' | 'bindings'>): boolean {
  const pending = store.readPendingKey()
  if (pending === undefined || bindings.madeElsewhere(pending)) return false
  const current = store.readCurrent()
  return current === undefined || current.broken !== undefined || !sameKey(pending, current.privateKeyPem)
}

/** Whether the pending key became the pair in use, and a crash or the disk ended what comes after that. */
export function isUnfinished({ store }: Pick<Looking, 'store'>): boolean {
  const pending = store.readPendingKey()
  const current = store.readCurrent()
  if (pending === undefined || current?.broken !== undefined || current === undefined) return false
  return sameKey(pending, current.privateKeyPem)
}

/** What is left to do once a serving pair is in use; the pending key goes last, as with the client's. */
export function tidyUpServing({ store, bindings, settings }: Task, { pair }: Usable): void {
  bindings.bind(pair.privateKeyPem)
  store.prune(settings.keepPairs)
  store.removePendingKey()
}

/**
 * Comes by a serving credential and puts it in use. The request is made with the node's own client credential, as the API server wants
 * it. What is left to do then is `tidyUpServing`. Source: pkg/kubelet/certificate/kubelet.go, NewKubeletServerCertificateManager.
 * @throws whatever `obtain` and the disk throw.
 */
export async function requestServing(
  task: Task,
  { connection, names, because }: { connection: Connection; names: SubjectAltNames; because: string },
): Promise<{ credential: Usable; requestName: string }> {
  const { context } = task
  // Another request made with a key that is in use would find the old one's certificate.
  if (isUnfinished(task)) task.store.removePendingKey()
  context.log.info('requesting a serving certificate', {
    because,
    names: [...names.dnsNames, ...names.ipAddresses],
  })
  const obtained = await obtain(task, { connection, because, names })
  const lap = stopwatch(task)
  const pair = commit(task, obtained)
  lap('commit')
  return { credential: { kind: 'usable', pair, certificate: obtained.issued }, requestName: obtained.requestName }
}
