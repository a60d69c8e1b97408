import { lstatSync } from 'node:fs'
import { CertletError } from '../../errors.ts'
import { bootstrapTokenId } from '../../kubeconfig/token.ts'
import type { BootstrapKubeconfig } from '../../kubeconfig/bootstrap-kubeconfig.ts'
import { failedBy, type Finding, ok, type Repair, skipped, warn } from '../finding.ts'

/**
 * Whether the bootstrap kubeconfig can be used.
 * @param needed - false where a usable credential is there already.
 */
export function bootstrapFileFinding(
  source: BootstrapKubeconfig | CertletError,
  { needed, uid }: { readonly needed: boolean; readonly uid: number },
): Finding {
  const name = 'bootstrap-file'
  if (source instanceof CertletError) {
    if (needed) return failedBy(name, source)
    if (source.code === 'KUBECONFIG_MISSING') return skipped(name, 'there is none, and none is needed')
    return warn(name, `${source.message}; it is not needed now`, source.hint)
  }
  if (source.insecure.length > 0) return warn(name, source.insecure.join('; '), 'use https and a certificate authority')
  if (source.warnings.length > 0) {
    const repairs = filesOf(source).flatMap((path) => narrowing(path, uid))
    return warn(name, source.warnings.join('; '), 'chmod 600, or let --fix do it', repairs)
  }
  return ok(name, `${nameOf(source)} has ${credentialOf(source)} for ${source.server.url}`)
}

function nameOf({ source }: BootstrapKubeconfig): string {
  return source.kind === 'stdin' ? 'standard input' : `"${source.path}"`
}

function credentialOf({ credential }: BootstrapKubeconfig): string {
  const id = credential.token === undefined ? undefined : bootstrapTokenId(credential.token)
  return id === undefined ? `a credential (${credential.kind})` : `a bootstrap token (id ${id})`
}

function filesOf({ source, credential }: BootstrapKubeconfig): string[] {
  return [
    ...(source.kind === 'file' ? [source.path] : []),
    ...(credential.tokenFile === undefined ? [] : [credential.tokenFile]),
  ]
}

function narrowing(path: string, uid: number): Repair[] {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found?.isFile() || found.uid !== uid || (found.mode & 0o044) === 0) return []
  return [{ do: 'narrow-mode', path, mode: 0o600 }]
}
