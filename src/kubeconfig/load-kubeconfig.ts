import { dirname } from 'node:path'
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { currentContextOf } from './document.ts'
import { readNamedFile } from './named-file.ts'
import { readPlainYaml } from './plain-yaml.ts'

const CODES = { code: 'KUBECONFIG_INVALID', missing: 'KUBECONFIG_MISSING', denied: 'DISK_NOT_WRITABLE' } as const

/** Text of the node's kubeconfig. @throws CertletError KUBECONFIG_MISSING, KUBECONFIG_INVALID, DISK_ERROR, DISK_NOT_WRITABLE */
export function kubeconfigText(path: string): string {
  return readNamedFile(path, 'kubeconfig', CODES).toString('utf8')
}

/**
 * The node's kubeconfig as client-node has it.
 * @param text - of the file, read now unless given.
 * @throws as kubeconfigText.
 */
export function loadKubeconfig(path: string, text = kubeconfigText(path)): KubeConfig {
  const kubeConfig = new KubeConfig()
  try {
    const own = ownEntries(text)
    if (own) kubeConfig.loadFromClusterAndUser(own.cluster, own.user)
    else kubeConfig.loadFromString(text)
  } catch {
    throw new CertletError('KUBECONFIG_INVALID', `Cannot use kubeconfig "${path}": it cannot be parsed`) // the parser's message quotes the text
  }
  kubeConfig.makePathsAbsolute(dirname(path))
  return kubeConfig
}

/**
 * As client-node has them, from a kubeconfig in the form that certlet writes: one cluster, one user with a pair in files. client-node would
 * load js-yaml for it.
 * @returns undefined for any other form.
 */
function ownEntries(text: string): { readonly cluster: Cluster; readonly user: User } | undefined {
  const document = readPlainYaml(text) as Readonly<Record<string, unknown>> | undefined
  if (!document || !['clusters', 'contexts', 'users'].every((list) => isOne(document[list]))) return undefined
  const current = currentContextOf(text)
  if ('problem' in current) return undefined
  const {
    server,
    'certificate-authority': caFile,
    'certificate-authority-data': caData,
    'insecure-skip-tls-verify': skip = false,
    'tls-server-name': tlsServerName,
    'proxy-url': proxyUrl,
  } = current.cluster
  const { 'client-certificate': certFile, 'client-key': keyFile, ...others } = current.user
  if (!isText(server) || !isText(certFile) || !isText(keyFile) || Object.keys(others).length > 0) return undefined
  if (!isTextOrNone(caFile) || !isTextOrNone(caData) || !isTextOrNone(tlsServerName) || !isTextOrNone(proxyUrl)) {
    return undefined
  }
  return {
    cluster: {
      name: 'default-cluster',
      server: server.replace(/\/$/, ''),
      skipTLSVerify: skip === true,
      ...(caFile !== undefined && { caFile }),
      ...(caData !== undefined && { caData }),
      ...(tlsServerName !== undefined && { tlsServerName }),
      ...(proxyUrl !== undefined && { proxyUrl }),
    },
    user: { name: 'default-auth', certFile, keyFile },
  }
}

const isOne = (list: unknown): boolean => Array.isArray(list) && list.length === 1

const isText = (value: unknown): value is string => typeof value === 'string'

const isTextOrNone = (value: unknown): value is string | undefined => value === undefined || isText(value)
