import { dirname, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { type ApiServer, clusterOf, insecurities, readApiServer } from './api-server.ts'
import { currentContextOf } from './document.ts'
import { invalid, modeOfNamedFile, type Origin, readNamedFile } from './named-file.ts'
import { readUserCredential, type UserCredential } from './user-credential.ts'

/** Where a bootstrap kubeconfig comes from. Only a plain file is removed after use. */
export type BootstrapSource =
  | { readonly kind: 'file'; readonly path: string }
  /** A read-only copy that systemd made from LoadCredential=. Source: systemd.exec(5), Credentials. */
  | { readonly kind: 'credential'; readonly path: string }
  | { readonly kind: 'stdin'; readonly text: string }

export interface BootstrapKubeconfig {
  readonly source: BootstrapSource
  readonly server: ApiServer
  readonly credential: UserCredential
  /** client-node's view, reduced to the current context. */
  readonly kubeConfig: KubeConfig
  /** Why the connection is not protected, in words; empty for a proper one. */
  readonly insecure: readonly string[]
  /** What an operator should mend although it works: a file that others can read. */
  readonly warnings: readonly string[]
}

/**
 * Reads and checks a bootstrap kubeconfig; nothing is sent.
 * @param allowInsecure - accept `http://` and insecure-skip-tls-verify.
 * @throws CertletError KUBECONFIG_MISSING, KUBECONFIG_INVALID, TOKEN_MALFORMED, CA_UNREADABLE, INSECURE_REFUSED.
 */
export function readBootstrapKubeconfig(source: BootstrapSource, allowInsecure: boolean): BootstrapKubeconfig {
  const origin: Origin =
    source.kind === 'stdin'
      ? { name: 'on standard input' }
      : { name: `"${source.path}"`, folder: dirname(resolve(source.path)) }
  const current = currentContextOf(textFrom(source))
  if ('problem' in current) throw invalid(origin, current.problem)

  const server = readApiServer(current.cluster, origin)
  const insecure = insecurities(server)
  if (insecure.length > 0 && !allowInsecure) {
    throw new CertletError('INSECURE_REFUSED', `Cannot use bootstrap kubeconfig ${origin.name}: ${insecure.join('; ')}`)
  }
  const credential = readUserCredential(current.user, server, origin)
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(clusterOf(server, 'bootstrap'), credential.user)

  const files = [
    ...(source.kind === 'file' ? [source.path] : []),
    ...(credential.tokenFile ? [credential.tokenFile] : []),
  ]
  return { source, server, credential, kubeConfig, insecure, warnings: files.flatMap(readableByOthers) }
}

const CODES = { code: 'KUBECONFIG_INVALID', missing: 'KUBECONFIG_MISSING' } as const

function textFrom(source: BootstrapSource): string {
  if (source.kind === 'stdin') return source.text
  return readNamedFile(source.path, 'bootstrap kubeconfig', CODES).toString('utf8')
}

function readableByOthers(path: string): string[] {
  const mode = modeOfNamedFile(path, 'bootstrap kubeconfig', CODES)
  if ((mode & 0o044) === 0) return []
  return [`"${path}" holds a secret and can be read by others (mode 0${mode.toString(8)}): chmod 600 it`]
}
