import { createHash } from 'node:crypto'
import { CertletError } from '../errors.ts'
import type { ApiServer } from '../kubeconfig/api-server.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { newServer } from './client-confirm.ts'
import { type ClientLook, readCaFile, readSource } from './client-look.ts'
import type { RunSettings } from './settings.ts'

/** What an operator tells a running daemon by files. */
export interface Told {
  /** The bootstrap kubeconfig, or why there is none that can be used. */
  readonly source: BootstrapKubeconfig | CertletError
  /** Where else than the kubeconfig says the API server may be, or by which other CA it may be known. */
  readonly elsewhere: ApiServer | undefined
  /** Why the bundle of `--ca-file` cannot be used; the kubeconfig's own stays then. */
  readonly caProblem: CertletError | undefined
  /** A digest that tells it apart from what was told before; empty if there is nothing to look into. */
  readonly digest: string
}

/** Reads it. What is wrong with it is no error: the credential in use does not depend on it. */
export function readTold(look: ClientLook, settings: RunSettings): Told {
  const source = readSource(settings)
  const caPem = settings.caFile === undefined ? undefined : readCaFile(settings.caFile)
  const caProblem = caPem instanceof CertletError ? caPem : undefined
  const elsewhere = newServer(look, source, {
    caPem: caPem instanceof CertletError ? undefined : caPem,
    refreshed: settings.refreshCa !== undefined,
  })
  return { source, elsewhere, caProblem, digest: digestOf(source, elsewhere, caProblem) }
}

function digestOf(
  source: BootstrapKubeconfig | CertletError,
  elsewhere: ApiServer | undefined,
  caProblem: CertletError | undefined,
): string {
  const told =
    source instanceof CertletError
      ? source.code === 'KUBECONFIG_MISSING'
        ? undefined
        : source.message
      : [source.server, source.credential.user]
  if (told === undefined && elsewhere === undefined && caProblem === undefined) return ''
  return createHash('sha256')
    .update(JSON.stringify([told, elsewhere, caProblem?.message]))
    .digest('hex')
}
