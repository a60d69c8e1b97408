import { CertletError } from '../errors.ts'
import { type ApiServer, sameServer } from '../kubeconfig/api-server.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { holds } from '../kubeconfig/ca-bundle.ts'
import type { Connection } from '../kube/connection.ts'
import { type ClientLook, usable } from './client-look.ts'
import { proveBy, proveInMemory, writeKubeconfig } from './client-steps.ts'
import { withDeadline } from './deadline.ts'
import type { Usable } from './judge.ts'
import type { Proof } from './prove.ts'
import type { Task } from './task.ts'

/** How long each of two servers that may be meant is given to answer, ms. */
const ANSWER_MS = 30_000

/**
 * Where else than the kubeconfig says the API server may be, or by which other CA it may be known: what the bundle of `--ca-file` or a
 * bootstrap kubeconfig says, if that differs.
 */
export function newServer(
  { file, kubeconfig }: ClientLook,
  bootstrap: BootstrapKubeconfig | CertletError,
  { caPem, refreshed }: { caPem: string | undefined; refreshed: boolean },
): ApiServer | undefined {
  const old = file.kind === 'readable' ? file.server : undefined
  const told = bootstrap instanceof CertletError ? old : bootstrap.server
  if (!told) return undefined
  const { caFile: _path, ...rest } = told
  const next = caPem === undefined ? told : { ...rest, caPem }
  if (kubeconfig.kind !== 'usable' || !old) return next
  return sameServer(old, next) || (refreshed && isWidened(old, next)) ? undefined : next
}

/** Whether `one` is `other` with further authorities, as a refresh makes it: a bootstrap kubeconfig that stays is not to undo that. */
function isWidened(one: ApiServer, other: ApiServer): boolean {
  if (one.caPem === undefined || other.caPem === undefined) return false
  return sameServer(one, { ...other, caPem: one.caPem }) && holds(one.caPem, other.caPem)
}

/** What was found out about the credential in use. */
export interface Confirmation {
  readonly proof: Proof
  readonly credential: Usable
  /** The server or CA that was tried and does not work, while the kubeconfig's own does. */
  readonly notTaken?: string
}

/**
 * Asks the API server whether it accepts the credential in use. A new server or CA is tried first, and taken into the kubeconfig only
 * when it has answered and accepted the credential.
 * @param own - a connection by the kubeconfig as it stands.
 * @throws CertletError for a failure that says nothing about the credential.
 */
export async function confirmCredential(
  task: Task,
  { look, elsewhere, own }: { look: ClientLook; elsewhere: ApiServer | undefined; own: () => Connection },
): Promise<Confirmation> {
  const credential = usable(look.used)
  if (!elsewhere) return { credential, proof: await proveBy(task, own()) }
  const tried = await answerSoon(task, (soon) => proveInMemory(soon, elsewhere, credential.pair))
  if (!(tried instanceof CertletError) && tried.kind === 'proven') {
    writeKubeconfig(task, elsewhere)
    return { credential, proof: tried }
  }
  const notTaken = tried instanceof CertletError ? tried.message : tried.why
  if (look.kubeconfig.kind !== 'usable') {
    if (tried instanceof CertletError) throw tried
    return { credential, proof: tried }
  }
  // The cluster that the kubeconfig knows may be gone: it must not hold us up when the one that an operator has named does not know us.
  const proof = await answerSoon(task, (soon) => proveBy(soon, own()))
  if (!(proof instanceof CertletError)) return { credential, proof, notTaken }
  if (tried instanceof CertletError) throw proof
  return { credential, proof: tried }
}

/** Asks a server, and takes no answer within a time for an answer too. */
export async function answerSoon<T>(task: Task, ask: (task: Task) => Promise<T>): Promise<T | CertletError> {
  const { clock } = task.context
  const limit = { timeoutMs: ANSWER_MS, what: 'answer of the API server', clock, signal: task.wait.signal }
  try {
    return await withDeadline((wait) => ask({ ...task, wait, retry: { ...task.retry, onProblem: wait.note } }), limit)
  } catch (error) {
    task.wait.signal.throwIfAborted()
    if (error instanceof CertletError) return error
    throw error
  }
}
