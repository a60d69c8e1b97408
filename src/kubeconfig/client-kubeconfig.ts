import { dirname } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { dump } from 'js-yaml'
import { CertletError } from '../errors.ts'
import { type ApiServer, clusterOf, readApiServer } from './api-server.ts'
import { currentContextOf } from './document.ts'
import { pathOf, pemOf, readNamedFile } from './named-file.ts'
import { plainYaml } from './plain-yaml.ts'

/**
 * The node's kubeconfig as the kubelet writes it, plus `proxy-url` and `tls-server-name`, which the kubelet loses.
 * @param pairPath - absolute path of kubelet-client-current.pem, certificate and key in one.
 * Source: pkg/kubelet/certificate/bootstrap/bootstrap.go, writeKubeconfigFromBootstrapping.
 */
export function renderClientKubeconfig(server: ApiServer, pairPath: string): string {
  const ca =
    server.caFile !== undefined
      ? { 'certificate-authority': server.caFile }
      : server.caPem !== undefined && { 'certificate-authority-data': Buffer.from(server.caPem).toString('base64') }
  const cluster = {
    ...ca,
    ...(server.skipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(server.proxyUrl !== undefined && { 'proxy-url': server.proxyUrl }),
    server: server.url,
    ...(server.tlsServerName !== undefined && { 'tls-server-name': server.tlsServerName }),
  }
  const document = {
    apiVersion: 'v1',
    clusters: [{ cluster, name: 'default-cluster' }],
    contexts: [
      { context: { cluster: 'default-cluster', namespace: 'default', user: 'default-auth' }, name: 'default-context' },
    ],
    'current-context': 'default-context',
    kind: 'Config',
    users: [{ name: 'default-auth', user: { 'client-certificate': pairPath, 'client-key': pairPath } }],
  }
  return plainYaml(document) ?? dump(document, { lineWidth: -1 })
}

/** A kubeconfig with a client certificate, as certlet and the kubelet leave it. */
export type ClientKubeconfig =
  | {
      readonly kind: 'readable'
      readonly server: ApiServer
      /** The file that holds both certificate and key, where they are in one. */
      readonly pairPath?: string
      readonly certificatePem: string
      readonly privateKeyPem: string
    }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'broken'
      readonly why: string
      /** The CA file that it names, if it is that which cannot be used: then nothing is wrong with the credential. */
      readonly brokenCaFile?: string
    }

/** Codes for what is wrong with the files, and for a disk that does not let us see whether anything is. */
const CODES = { code: 'KUBECONFIG_INVALID', missing: 'KUBECONFIG_MISSING', denied: 'DISK_NOT_WRITABLE' } as const

/** A kubeconfig whose pair is missing is there, and broken. */
const PAIR_CODES = { ...CODES, missing: CODES.code }

/**
 * Reads the node's kubeconfig and the pair that it names. Nothing that is wrong with them is an error: it is a reason to bootstrap.
 * @throws CertletError DISK_ERROR, DISK_NOT_WRITABLE if they cannot be read: a sound credential may stand there.
 * Source: pkg/kubelet/certificate/bootstrap/bootstrap.go, isClientConfigStillValid.
 */
export function readClientKubeconfig(path: string): ClientKubeconfig {
  const origin = { what: 'kubeconfig', name: `"${path}"`, folder: dirname(path) }
  let caFile: string | undefined
  try {
    const current = currentContextOf(readNamedFile(path, 'kubeconfig', CODES).toString('utf8'))
    if ('problem' in current) return { kind: 'broken', why: current.problem }
    caFile = pathOf(current.cluster, 'certificate-authority', origin)
    const server = readApiServer(current.cluster, origin)
    const certificatePem = pemOf(current.user, 'client-certificate', origin, PAIR_CODES)?.toString('utf8')
    const privateKeyPem = pemOf(current.user, 'client-key', origin, PAIR_CODES)?.toString('utf8')
    if (certificatePem === undefined || privateKeyPem === undefined) {
      return { kind: 'broken', why: 'its user has no client certificate' }
    }
    const [certificatePath, keyPath] = [
      pathOf(current.user, 'client-certificate', origin),
      pathOf(current.user, 'client-key', origin),
    ]
    const pairPath = certificatePath === keyPath ? certificatePath : undefined
    return { kind: 'readable', server, certificatePem, privateKeyPem, ...(pairPath !== undefined && { pairPath }) }
  } catch (error) {
    if (!(error instanceof CertletError)) throw error
    if (error.code === 'DISK_ERROR' || error.code === CODES.denied) throw error
    if (error.code === 'KUBECONFIG_MISSING') return { kind: 'absent' }
    const brokenCaFile = error.code === 'CA_UNREADABLE' ? caFile : undefined
    return { kind: 'broken', why: error.message, ...(brokenCaFile !== undefined && { brokenCaFile }) }
  }
}

/** A client certificate and its key at a server, all in memory: to try them before anything is written. */
export function clientKubeConfig(
  server: ApiServer,
  { certificatePem, privateKeyPem }: { certificatePem: string; privateKeyPem: string },
): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(clusterOf(server, 'default-cluster'), {
    name: 'default-auth',
    certData: Buffer.from(certificatePem).toString('base64'),
    keyData: Buffer.from(privateKeyPem).toString('base64'),
  })
  return kubeConfig
}
