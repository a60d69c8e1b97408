import { CertletError } from '../errors.ts'
import { certificatesIn } from '../kubeconfig/api-server.ts'
import { type BootstrapKubeconfig, readBootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { type ClientKubeconfig, readClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import { readNamedFile } from '../kubeconfig/named-file.ts'
import { type Judged, judge, judgeCurrent, type Usable } from './judge.ts'
import type { AgentSettings } from './settings.ts'
import { sameKey } from './same-key.ts'
import type { Looking } from './task.ts'

/** What is on disk about the client credential. */
export interface ClientLook {
  /** The kubeconfig as it was read, and what its credential is worth. */
  readonly file: ClientKubeconfig
  readonly kubeconfig: Judged
  readonly current: Judged
  /** The one of the two that counts. */
  readonly used: Judged
  /** The pending key belongs to the pair in use: a run ended between the switch and the end of it all. */
  readonly unfinished: boolean
  /** The pending key belongs to no pair: a request is under way. */
  readonly underWay: boolean
}

/** Looks. Nothing that is wrong with what is found is an error. @throws CertletError with a DISK_ code if the disk refuses. */
export function lookAtClient({ settings, store, bindings, context }: Looking): ClientLook {
  const needs = {
    identity: settings.identity,
    purpose: 'client',
    now: context.clock.now(),
    madeElsewhere: (key: string) => bindings.madeElsewhere(key),
  } as const
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
  const underWay = pending !== undefined && !unfinished && !bindings.madeElsewhere(pending)
  return { file, kubeconfig, current, used, unfinished, underWay }
}

/** The credential of a look that was said to be usable. */
export function usable(judged: Judged): Usable {
  if (judged.kind === 'usable') return judged
  throw new CertletError('INTERNAL', 'A credential that was judged usable is not')
}

/** A bootstrap kubeconfig that cannot be used is an error only if it turns out to be needed. */
export function readSource({
  source,
  allowInsecure,
}: Pick<AgentSettings, 'source' | 'allowInsecure'>): BootstrapKubeconfig | CertletError {
  return orProblem(() => readBootstrapKubeconfig(source, allowInsecure))
}

/** The certificates of a CA bundle, or why there are none that can be used. */
export function readCaFile(path: string): string | CertletError {
  return orProblem(() =>
    certificatesIn(
      readNamedFile(path, 'certificate authority', { code: 'CA_UNREADABLE' }),
      `certificate authority "${path}"`,
    ),
  )
}

function orProblem<T>(read: () => T): T | CertletError {
  try {
    return read()
  } catch (error) {
    if (error instanceof CertletError) return error
    throw error
  }
}
