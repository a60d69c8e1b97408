import { existsSync, realpathSync } from 'node:fs'
import type { RetryPolicy } from '../backoff.ts'
import type { Purpose } from '../csr/constants.ts'
import { formatDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { type BootstrapKubeconfig, readBootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { Log } from '../log.ts'
import { type CredentialStore, openCredentialStore } from '../store/credential-store.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { makeDirectory } from '../store/replace-file.ts'
import { type ClientCredential, clientCredential } from './client-credential.ts'
import type { AgentContext } from './context.ts'
import { type Wait, withDeadline } from './deadline.ts'
import { removeBootstrapFiles, removableFiles } from './remove-bootstrap.ts'
import { type ServingCredential, servingCredential } from './serving-credential.ts'
import type { BootstrapSettings, ServingSettings } from './settings.ts'

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

  const { client, removed } = await clientPart(settings, source, context)
  const { serving } = settings
  return serving ? { client, removed, serving: await servingPart(settings, serving, context) } : { client, removed }
}

async function clientPart(
  settings: BootstrapSettings,
  source: BootstrapKubeconfig | CertletError,
  context: AgentContext,
): Promise<Pick<BootstrapResult, 'client' | 'removed'>> {
  const files = source instanceof CertletError || settings.keepBootstrapKubeconfig ? [] : removableFiles(source)
  const store = storeOf('client', settings, context)
  const work = (wait: Wait): Promise<ClientCredential> => {
    const retry = retryPolicy(wait, context)
    return clientCredential({
      settings,
      bootstrap: source,
      bootstrapToRemove: files.length > 0,
      store,
      retry,
      wait,
      context,
    })
  }
  const { clock, signal } = context
  const limit = { timeoutMs: settings.timeoutMs, what: 'client certificate', clock, signal }
  const client = await withDeadline(work, limit)
  // Nothing is tidied up before the API server has accepted the credential.
  if (client.proof) {
    if (client.pendingKeyUsed) store.removePendingKey()
    store.prune(settings.keepPairs)
  }
  const removed = client.proof ? removeBootstrapFiles(files, context.log) : []
  return { client: { ...client, ...filesOf(store) }, removed }
}

async function servingPart(
  settings: BootstrapSettings,
  serving: ServingSettings,
  context: AgentContext,
): Promise<ServingCredential & Files> {
  const store = storeOf('serving', settings, context)
  const work = (wait: Wait): Promise<ServingCredential> =>
    servingCredential({ settings, serving, store, retry: retryPolicy(wait, context), wait, context })
  const { clock, signal } = context
  const limit = { timeoutMs: serving.timeoutMs, what: 'serving certificate', clock, signal }
  return { ...(await withDeadline(work, limit)), ...filesOf(store) }
}

/** A bootstrap kubeconfig that cannot be used is an error only if it turns out to be needed. */
function readSource({ source, allowInsecure }: BootstrapSettings): BootstrapKubeconfig | CertletError {
  try {
    return readBootstrapKubeconfig(source, allowInsecure)
  } catch (error) {
    if (error instanceof CertletError) return error
    throw error
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

function retryPolicy(wait: Wait, { clock, random, log }: AgentContext): RetryPolicy {
  let said = ''
  return {
    clock,
    random,
    onProblem: (problem, delayMs) => {
      wait.note(problem)
      // Once per change: a server that is away for an hour is one line.
      if (said !== problem.message) log.warn(problem.message, { retryIn: formatDuration(delayMs) })
      said = problem.message
    },
  }
}

function storeOf(purpose: Purpose, { certDir }: BootstrapSettings, { uid, log }: AgentContext): CredentialStore {
  return openCredentialStore({ directory: certDir, purpose, uid, log })
}

function filesOf({ currentPath }: CredentialStore): Files {
  return { currentPath, pairPath: existsSync(currentPath) ? realpathSync(currentPath) : currentPath }
}
