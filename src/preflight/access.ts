import { KubeConfig } from '@kubernetes/client-node'
import type { ClientLook } from '../agent/client-look.ts'
import { CertletError } from '../errors.ts'
import type { ApiServer } from '../kubeconfig/api-server.ts'
import { type NodeCredential, renderBootstrapKubeconfig } from '../kubeconfig/bootstrap-file.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { clientKubeConfig } from '../kubeconfig/client-kubeconfig.ts'

/** An API server; `unknown`: nobody has said yet by which CA it is to be trusted. */
export type Place = ApiServer & { readonly unknown?: boolean }

/** An API server, and a credential to ask it with. */
export interface Access {
  readonly server: ApiServer
  readonly kubeConfig: KubeConfig
  /** The bearer token, where it is one. Only to be derived from, never printed. */
  readonly token?: string
}

/** The way by a bootstrap kubeconfig; without one that can be used, by the node's own credential, if there is that. */
export function accessOf(
  bootstrap: BootstrapKubeconfig | CertletError,
  look: ClientLook | CertletError,
): Access | undefined {
  if (bootstrap instanceof CertletError) return nodeAccess(look)
  const { server, kubeConfig, credential } = bootstrap
  return { server, kubeConfig, ...(credential.token !== undefined && { token: credential.token }) }
}

/** The way by the node's own kubeconfig and credential. */
export function nodeAccess(look: ClientLook | CertletError): Access | undefined {
  if (look instanceof CertletError || look.used.kind !== 'usable' || look.file.kind !== 'readable') return undefined
  const { server } = look.file
  return { server, kubeConfig: clientKubeConfig(server, look.used.pair) }
}

/** The way that a discovery has found. */
export function discoveredAccess(
  target: { readonly server: string; readonly caPem: string },
  credential: NodeCredential,
): Access {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(renderBootstrapKubeconfig(target, credential))
  const server: ApiServer = { url: target.server, caPem: target.caPem, skipTlsVerify: false }
  return { server, kubeConfig, ...('token' in credential && { token: credential.token }) }
}
