import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { User } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import type { ApiServer } from './api-server.ts'
import type { UserEntry } from './document.ts'
import { absolute, invalid, type Origin, pathOf, pemOf, readNamedFile, textOf } from './named-file.ts'
import { tokenProblem } from './token.ts'

/** What a kubeconfig's user offers to prove who it is. */
export interface UserCredential {
  /** client-node's form of it, with everything that stood in files already read. */
  readonly user: User
  readonly kind: 'token' | 'client certificate' | 'exec plugin'
  /** The bearer token, when it is one. Only to be derived from, never printed. */
  readonly token?: string
  /** Absolute path of the `tokenFile` that the token came from. */
  readonly tokenFile?: string
}

/**
 * Reads a user entry. A token file wins over an inline token, a token over a client certificate, that over an exec plugin.
 * @throws CertletError KUBECONFIG_INVALID, TOKEN_MALFORMED.
 */
export function readUserCredential(entry: UserEntry, server: ApiServer, origin: Origin): UserCredential {
  const credential =
    readToken(entry, origin) ?? readClientCertificate(entry, origin) ?? readExecPlugin(entry, server, origin)
  if (credential) return credential
  throw invalid(
    origin,
    textOf(entry, 'username', origin) === undefined
      ? 'the user has no credential (token, tokenFile, client-certificate or exec)'
      : 'the user has only a password, which API servers since Kubernetes 1.19 do not accept',
  )
}

/** Source for the order of the two: client-go rest.Config, BearerTokenFile. */
function readToken(entry: UserEntry, origin: Origin): UserCredential | undefined {
  // client-node knows `tokenFile` only as an auth provider, and sends the newline at the file's end along; so it is read here.
  const tokenFile = pathOf(entry, 'tokenFile', origin)
  const token =
    tokenFile === undefined
      ? textOf(entry, 'token', origin)
      : readNamedFile(tokenFile, 'token file', { code: 'KUBECONFIG_INVALID' }).toString('utf8').trim()
  if (token === undefined) return undefined
  const problem = tokenProblem(token)
  if (problem !== undefined) {
    const where = tokenFile === undefined ? `bootstrap kubeconfig ${origin.name}` : `"${tokenFile}"`
    throw new CertletError('TOKEN_MALFORMED', `Cannot use the token in ${where}: ${problem}`)
  }
  return { user: { name: 'bootstrap', token }, kind: 'token', token, ...(tokenFile !== undefined && { tokenFile }) }
}

function readClientCertificate(entry: UserEntry, origin: Origin): UserCredential | undefined {
  const certificate = pemOf(entry, 'client-certificate', origin, { code: 'KUBECONFIG_INVALID' })
  if (!certificate) return undefined
  const key = pemOf(entry, 'client-key', origin, { code: 'KUBECONFIG_INVALID' })
  if (!key) throw invalid(origin, 'the user has a client certificate but no client key')
  let matches: boolean
  try {
    matches = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    throw invalid(origin, 'the client certificate or client key of the user is not PEM that can be read')
  }
  if (!matches) throw invalid(origin, 'the client key of the user does not belong to the client certificate')
  const user = { name: 'bootstrap', certData: certificate.toString('base64'), keyData: key.toString('base64') }
  return { user, kind: 'client certificate' }
}

/** client-node runs the plugin, but leaves out KUBERNETES_EXEC_INFO. Source: client-go plugin/pkg/client/auth/exec/exec.go. */
function readExecPlugin(entry: UserEntry, server: ApiServer, origin: Origin): UserCredential | undefined {
  if (entry.exec === undefined || entry.exec === null) return undefined
  const exec = entry.exec as Record<string, unknown>
  const { command, apiVersion, args = [], env = [] } = exec
  if (typeof command !== 'string' || command === '') throw invalid(origin, 'exec of the user has no command')
  if (typeof apiVersion !== 'string' || !/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(apiVersion)) {
    throw invalid(origin, 'exec of the user needs apiVersion client.authentication.k8s.io/v1 or v1beta1')
  }
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) {
    throw invalid(origin, 'exec.args of the user is not a list of texts')
  }
  if (!Array.isArray(env)) throw invalid(origin, 'exec.env of the user is not a list')
  const spec = { interactive: false, ...(exec['provideClusterInfo'] === true && { cluster: execCluster(server) }) }
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec })
  const plugin = {
    // A command with a slash in it is relative to the kubeconfig's folder; one without is looked up in PATH.
    command: command.includes('/') ? absolute(command, 'exec.command', origin) : command,
    apiVersion,
    args,
    env: [...(env as unknown[]), { name: 'KUBERNETES_EXEC_INFO', value: info }],
  }
  return { user: { name: 'bootstrap', exec: plugin }, kind: 'exec plugin' }
}

function execCluster(server: ApiServer): Record<string, unknown> {
  return {
    server: server.url,
    'certificate-authority-data': server.caPem && Buffer.from(server.caPem).toString('base64'),
    'tls-server-name': server.tlsServerName,
    'proxy-url': server.proxyUrl,
    'insecure-skip-tls-verify': server.skipTlsVerify || undefined,
  }
}
