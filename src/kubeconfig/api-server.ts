import { X509Certificate } from 'node:crypto'
import type { Cluster } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import type { ClusterEntry } from './document.ts'
import { invalid, type Origin, pathOf, readNamedFile, textOf } from './named-file.ts'

/** The API server as a kubeconfig's cluster describes it; what the node's own kubeconfig keeps of it. */
export interface ApiServer {
  /** Address without a slash at its end. */
  readonly url: string
  /** Absolute path of the CA bundle, if the kubeconfig names a file. */
  readonly caFile?: string
  /** The CA bundle itself, PEM. Absent: the system's roots are trusted. */
  readonly caPem?: string
  readonly tlsServerName?: string
  readonly proxyUrl?: string
  readonly skipTlsVerify: boolean
}

/**
 * Reads a cluster entry.
 * @throws CertletError KUBECONFIG_INVALID, CA_UNREADABLE.
 */
export function readApiServer(cluster: ClusterEntry, origin: Origin): ApiServer {
  const url = textOf(cluster, 'server', origin)
  if (url === undefined) throw invalid(origin, 'the cluster has no server')
  checkUrl(url, ['https:', 'http:'], 'server', origin)
  const proxyUrl = textOf(cluster, 'proxy-url', origin)
  if (proxyUrl !== undefined) checkUrl(proxyUrl, ['http:', 'https:', 'socks5:'], 'proxy-url', origin)
  const tlsServerName = textOf(cluster, 'tls-server-name', origin)
  const skip = cluster['insecure-skip-tls-verify'] ?? false
  if (typeof skip !== 'boolean') throw invalid(origin, 'insecure-skip-tls-verify is neither true nor false')
  return {
    url: url.replace(/\/+$/, ''),
    ...readCa(cluster, origin),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(proxyUrl !== undefined && { proxyUrl }),
    skipTlsVerify: skip,
  }
}

/** The server as client-node takes it, with everything that stood in files inline. */
export function clusterOf(server: ApiServer, name: string): Cluster {
  return {
    name,
    server: server.url,
    // client-node refuses plain http unless verification is off as well; there is nothing to verify on it.
    skipTLSVerify: server.skipTlsVerify || server.url.startsWith('http:'),
    ...(server.caPem !== undefined && { caData: Buffer.from(server.caPem).toString('base64') }),
    ...(server.tlsServerName !== undefined && { tlsServerName: server.tlsServerName }),
    ...(server.proxyUrl !== undefined && { proxyUrl: server.proxyUrl }),
  }
}

/** Whether two descriptions lead to the same server, trusted by the same CA. */
export function sameServer(one: ApiServer, other: ApiServer): boolean {
  const key = ({ url, caPem, tlsServerName, proxyUrl, skipTlsVerify }: ApiServer): string =>
    JSON.stringify([url, caPem, tlsServerName, proxyUrl, skipTlsVerify])
  return key(one) === key(other)
}

/** Why talking to this server is not protected, in words; empty for a proper one. */
export function insecurities(server: ApiServer): string[] {
  return [
    ...(server.url.startsWith('http:')
      ? ['the server address is plain http: a token would cross the network unprotected']
      : []),
    ...(server.skipTlsVerify
      ? ['insecure-skip-tls-verify is set: anybody could answer for the server and take the token']
      : []),
  ]
}

/** Inline data wins over a file. Source: client-go tools/clientcmd/client_config.go, getServerIdentificationPartialConfig. */
function readCa(cluster: ClusterEntry, origin: Origin): Pick<ApiServer, 'caFile' | 'caPem'> {
  const data = textOf(cluster, 'certificate-authority-data', origin)
  if (data !== undefined) {
    const what = `certificate-authority-data of ${origin.what ?? 'bootstrap kubeconfig'} ${origin.name}`
    return { caPem: certificatesIn(Buffer.from(data, 'base64'), what) }
  }
  const caFile = pathOf(cluster, 'certificate-authority', origin)
  if (caFile === undefined) return {}
  const pem = readNamedFile(caFile, 'certificate authority', { code: 'CA_UNREADABLE' })
  return { caFile, caPem: certificatesIn(pem, `certificate authority "${caFile}"`) }
}

/** The certificates of a bundle, without the text around them. @throws CertletError CA_UNREADABLE */
export function certificatesIn(pem: Buffer, what: string): string {
  const blocks = pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new CertletError('CA_UNREADABLE', `Cannot use ${what}: it holds no PEM certificate`)
  for (const block of blocks) {
    try {
      new X509Certificate(block)
    } catch {
      throw new CertletError('CA_UNREADABLE', `Cannot use ${what}: a certificate in it does not parse`)
    }
  }
  return blocks.join('\n') + '\n'
}

function checkUrl(text: string, protocols: readonly string[], key: string, origin: Origin): void {
  const url = URL.parse(text)
  if (!url) throw invalid(origin, `${key} is not a URL`)
  if (!protocols.includes(url.protocol)) {
    throw invalid(origin, `${key} must begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
  }
}
