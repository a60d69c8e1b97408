import type { RetryPolicy } from '../backoff.ts'
import type { Purpose } from '../csr/constants.ts'
import { formatDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { Connection } from '../kube/connection.ts'
import type { Log } from '../log.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { openKeyBindings } from '../store/key-bindings.ts'
import { makeDirectory } from '../store/replace-file.ts'
import { type ClientCredential, clientCredential } from './client-credential.ts'
import { readSource } from './client-look.ts'
import type { AgentContext } from './context.ts'
import { type Wait, withDeadline } from './deadline.ts'
import { discardDrafts } from './discard-drafts.ts'
import { ownConnection } from './own-connection.ts'
import { removeBootstrapFiles, removableFiles } from './remove-bootstrap.ts'
import { type ServingCredential, servingCredential } from './serving-credential.ts'
import type { BootstrapSettings, ServingSettings } from './settings.ts'
import { storeOf, type Task } from './task.ts'

/** What a bootstrap has done. */
export interface BootstrapResult {
  readonly client: ClientCredential & Files
  /** Absent when none was wanted. */
  readonly serving?: ServingCredential & Files
  /** Files with the token in them that were removed. */
  readonly removed: readonly string[]
}

export interface Files {
  /** The link that names the pair in use. */
  readonly currentPath: string
  /** The dated pair itself. */
  readonly pairPath: string
}

/**
 * From token to credentials, once: the client credential, its kubeconfig and proof, then the token's end, then the serving credential.
 * Whatever ends it in between, the next run goes on from there.
 * @throws CertletError with one of the codes in docs/errors.md; the signal's reason.
 */
export async function bootstrap(settings: BootstrapSettings, given: AgentContext): Promise<BootstrapResult> {
  const source = readSource(settings)
  const context = { ...given, log: warningLog(source, given.log) }
  makeDirectory(settings.certDir, 0o700)
  using _lock = await lockFolder(settings.certDir)
  discardDrafts(settings, context.log)

  const { connect, clock, random } = context
  // The proof and the serving request have one connection; what goes wrong on it is told by those who use it.
  const retry = { clock, random, onProblem: () => undefined }
  // That of the watch for a serving certificate is opened beside it.
  const ahead = settings.serving && { count: 2, signal: context.signal }
  using own = ownConnection(settings.kubeconfigPath, { connect, retry, ...(ahead && { ahead }) })
  const parts = { context, own: () => own.get() }
  const { client, removed } = await clientPart(settings, source, parts)
  const { serving } = settings
  return serving ? { client, removed, serving: await servingPart(settings, serving, parts) } : { client, removed }
}

interface Parts {
  readonly context: AgentContext
  readonly own: () => Connection
}

async function clientPart(
  settings: BootstrapSettings,
  source: BootstrapKubeconfig | CertletError,
  { context, own }: Parts,
): Promise<Pick<BootstrapResult, 'client' | 'removed'>> {
  const files = source instanceof CertletError || settings.keepBootstrapKubeconfig ? [] : removableFiles(source)
  const task = taskOf('client', settings, context)
  const client = await withDeadline(
    (wait) => clientCredential({ ...task(wait), own, bootstrap: source, bootstrapToRemove: files.length > 0 }),
    limitOf('client', settings.timeoutMs, context),
  )
  // Nothing is removed before the API server has accepted the credential.
  const removed = client.proof ? removeBootstrapFiles(files, { ...settings, log: context.log }) : []
  return { client: { ...client, ...filesOf(task.store) }, removed }
}

async function servingPart(
  settings: BootstrapSettings,
  serving: ServingSettings,
  { context, own }: Parts,
): Promise<ServingCredential & Files> {
  const task = taskOf('serving', settings, context)
  const limit = limitOf('serving', settings.servingTimeoutMs, context)
  const credential = await withDeadline((wait) => servingCredential(task(wait), { serving, connection: own() }), limit)
  return { ...credential, ...filesOf(task.store) }
}

function taskOf(
  purpose: Purpose,
  settings: BootstrapSettings,
  context: AgentContext,
): ((wait: Wait) => Task) & { store: CredentialStore } {
  const store = storeOf(purpose, settings, context)
  const bindings = openKeyBindings({ ...context, directory: settings.certDir })
  const task = (wait: Wait): Task => {
    const said = sayingWhy(wait, context.log)
    return { purpose, settings, store, bindings, context, wait: said, retry: retryPolicy(said, purpose, context) }
  }
  return Object.assign(task, { store })
}

function limitOf(
  purpose: Purpose,
  timeoutMs: number,
  { clock, signal }: AgentContext,
): Parameters<typeof withDeadline>[1] {
  return { timeoutMs, what: `${purpose} certificate`, clock, signal }
}

/** Says why it waits, once per change. */
function sayingWhy(wait: Wait, log: Log): Wait {
  let said = ''
  return {
    signal: wait.signal,
    note: (reason) => {
      wait.note(reason)
      if (reason instanceof CertletError || reason.sentence === said) return
      said = reason.sentence
      log.info(said)
    },
  }
}

/** Says what is wrong with the bootstrap kubeconfig although it works; an unprotected connection is said in every line. */
function warningLog(source: BootstrapKubeconfig | CertletError, log: Log): Log {
  if (source instanceof CertletError) return log
  for (const warning of source.warnings) log.warn(warning)
  if (source.insecure.length === 0) return log
  const insecure = log.with({ insecure: true })
  for (const reason of source.insecure) insecure.warn(reason)
  return insecure
}

function retryPolicy(wait: Wait, purpose: Purpose, { clock, random, log, happened }: AgentContext): RetryPolicy {
  let said = ''
  return {
    clock,
    random,
    onProblem: (problem, delayMs) => {
      wait.note(problem)
      happened({ kind: 'attempt-failed', purpose, code: problem.code })
      // Once per change: a server that is away for an hour is one line.
      if (said !== problem.message) log.warn(problem.message, { retryIn: formatDuration(delayMs) })
      said = problem.message
    },
  }
}

function filesOf(store: CredentialStore): Files {
  const { currentPath } = store
  return { currentPath, pairPath: store.currentPair() ?? currentPath }
}
