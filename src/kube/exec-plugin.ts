import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { abortable } from '../abortable.ts'
import { CertletError } from '../errors.ts'

/**
 * What a request needs of the kubeconfig: CA, pair, token; the files that it names are read anew each time. Where an exec plugin gives
 * the credential, it is run. client-node knows no end to its patience with one, so the plugin is ended here when the signal aborts.
 * @throws CertletError CREDENTIAL_PLUGIN, DISK_ERROR; the signal's reason.
 */
export async function requestOptions(kubeConfig: KubeConfig, signal: AbortSignal | undefined): Promise<RequestOptions> {
  const options: RequestOptions = {}
  using plugin = startedBy(kubeConfig)
  try {
    await abortable(kubeConfig.applyToHTTPSOptions(options), signal)
  } catch (error) {
    if (!signal?.aborted) throw credentialError(error)
    plugin.end()
    if (isTimeout(signal.reason)) throw new CertletError('CREDENTIAL_PLUGIN', `${CANNOT}: its plugin does not answer`)
    throw signal.reason
  }
  return options
}

const CANNOT = 'Cannot get the credential'

/** The reason of AbortSignal.timeout(). */
function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
}

/** The processes of the kubeconfig's exec plugin that are started until it is disposed of. */
function startedBy(kubeConfig: KubeConfig): Disposable & { end(): void } {
  const { command } = (kubeConfig.getCurrentUser()?.exec ?? {}) as { command?: string }
  if (command === undefined) return { end: () => undefined, [Symbol.dispose]: () => undefined }
  const started: ChildProcess[] = []
  const note = (message: unknown): void => {
    started.push((message as { process: ChildProcess }).process)
  }
  subscribe('child_process', note)
  return {
    end: () => {
      // Others may have started processes of theirs meanwhile.
      for (const child of started.filter(({ spawnfile }) => spawnfile === command)) {
        child.kill()
        child.stdout?.destroy()
        child.stderr?.destroy()
        child.unref()
      }
    },
    [Symbol.dispose]: () => {
      unsubscribe('child_process', note)
    },
  }
}

/** Calls on the files of a kubeconfig; that of a plugin is `spawn …`. */
const FAILED_READS: ReadonlySet<string> = new Set(['open', 'fstat', 'read', 'close'])

/** What a plugin prints may hold the credential, so its words are not passed on. */
function credentialError(error: unknown): CertletError {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  if (code !== undefined && FAILED_READS.has(syscall ?? '') && code !== 'ENOENT') {
    return new CertletError(
      'DISK_ERROR',
      `${CANNOT}: ${path === undefined ? 'a file' : `"${path}"`} cannot be read (${code})`,
    )
  }
  const what =
    code === undefined
      ? 'the exec plugin of the kubeconfig failed'
      : `"${path ?? 'a file of the kubeconfig'}" cannot be used (${code})`
  return new CertletError('CREDENTIAL_PLUGIN', `${CANNOT}: ${what}`)
}
