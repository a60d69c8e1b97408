import { dirname, resolve } from 'node:path'
import { bufferFromFileOrString, type KubeConfig } from '@kubernetes/client-node'
import type { RetryPolicy } from '../backoff.ts'
import { type BootstrapToken, parseBootstrapToken, tokenText } from '../discovery/bootstrap-token.ts'
import { bundleOf, certificatesOf, pinOf, pinText } from '../discovery/ca-pins.ts'
import { type Cluster, clusterOf, readClusterInfoData } from '../discovery/cluster-info.ts'
import { CertletError } from '../errors.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { clusterInfoData } from '../kube/cluster-info.ts'
import { tokenSecrets } from '../kube/token-secrets.ts'
import { readAdministratorKubeconfig } from '../kubeconfig/administrator-kubeconfig.ts'
import { renderBootstrapKubeconfig } from '../kubeconfig/bootstrap-file.ts'
import { makeDirectory, replaceFile } from '../store/replace-file.ts'
import { randomToken } from '../tokens/random-token.ts'
import { readTokenSecret, secretName, TOKEN_NAMESPACE, tokenSecret, type TokenTerms } from '../tokens/token-secret.ts'
import { columns } from './columns.ts'
import type { Flags } from './command.ts'
import { logOf, textOf } from './common-flags.ts'
import { formatted } from './formatted.ts'
import { describeTokens, tokenAsJson } from './token-report.ts'
import { tokenTermsOf } from './token-terms.ts'
import type { World } from './world.ts'

/** `certlet token create`. @throws CertletError TOKEN_MALFORMED, TOKEN_EXISTS, and others of the API. */
export async function runTokenCreate(flags: Flags, world: World): Promise<number> {
  const now = world.clock.now()
  const token = givenToken(flags) ?? randomToken()
  const terms = tokenTermsOf(flags, now)
  const kubeConfig = readAdministratorKubeconfig(textOf(flags, 'kubeconfig'), world.env)
  using connection = connectionTo(kubeConfig, onlyOnce(world))
  const cluster = await clusterFor(connection, kubeConfig, world.signal)
  await tokenSecrets(connection, TOKEN_NAMESPACE).create(tokenSecret(token, terms), world.signal)
  const file = textOf(flags, 'write-kubeconfig')
  if (file !== undefined) {
    const target = { server: cluster.server, caPem: bundleOf(cluster.ca) }
    makeDirectory(dirname(resolve(file)), 0o700)
    replaceFile(resolve(file), renderBootstrapKubeconfig(target, { token: tokenText(token) }), 0o600)
  }
  world.stdout.write(created({ token, terms, cluster, file }, flags))
  return 0
}

/** `certlet token list`. */
export async function runTokenList(flags: Flags, world: World): Promise<number> {
  const kubeConfig = readAdministratorKubeconfig(textOf(flags, 'kubeconfig'), world.env)
  using connection = connectionTo(kubeConfig, onlyOnce(world))
  const now = world.clock.now()
  const secrets = await tokenSecrets(connection, TOKEN_NAMESPACE).list(world.signal)
  const tokens = secrets.flatMap((secret) => readTokenSecret(secret, now) ?? [])
  const show = { secrets: flags['show-secrets'] === true, now }
  world.stdout.write(
    flags['output'] === 'text'
      ? describeTokens(tokens, show)
      : formatted(
          tokens.map((token) => tokenAsJson(token, show)),
          flags['output'],
        ),
  )
  if (tokens.length === 0) logOf(flags, world).info('there are no bootstrap tokens')
  return 0
}

/** `certlet token delete`. @throws CertletError TOKEN_MALFORMED, TOKEN_UNKNOWN */
export async function runTokenDelete(flags: Flags, world: World): Promise<number> {
  const given = textOf(flags, 'token') ?? ''
  const id = parseBootstrapToken(given)?.id ?? (/^[a-z0-9]{6}$/.test(given) ? given : undefined)
  if (id === undefined) {
    throw new CertletError('TOKEN_MALFORMED', 'Cannot delete the token: that is neither a token nor the id of one', {
      hint: 'an id is the six characters before the dot; `certlet token list` shows them',
    })
  }
  const kubeConfig = readAdministratorKubeconfig(textOf(flags, 'kubeconfig'), world.env)
  using connection = connectionTo(kubeConfig, onlyOnce(world))
  await tokenSecrets(connection, TOKEN_NAMESPACE).delete(secretName(id), world.signal)
  world.stdout.write(`token "${id}" is deleted\n`)
  return 0
}

function givenToken(flags: Flags): BootstrapToken | undefined {
  const text = textOf(flags, 'token')
  if (text === undefined) return undefined
  const token = parseBootstrapToken(text)
  if (token) return token
  throw new CertletError('TOKEN_MALFORMED', 'Cannot create the token: that is not the form of one')
}

/** What new nodes will be told of the cluster: what cluster-info says, else what the administrator's kubeconfig says. */
async function clusterFor(connection: Connection, kubeConfig: KubeConfig, signal: AbortSignal): Promise<Cluster> {
  try {
    return clusterOf(readClusterInfoData(await clusterInfoData(connection, signal)).kubeconfig)
  } catch (error) {
    if (!(error instanceof CertletError) || !error.code.startsWith('CLUSTER_INFO_')) throw error
  }
  const { server, ca } = administratorsCluster(kubeConfig)
  if (ca) return { server, ca }
  throw new CertletError(
    'CA_UNREADABLE',
    'Cannot tell nodes of this cluster: neither cluster-info nor the kubeconfig has its CA',
  )
}

function administratorsCluster(kubeConfig: KubeConfig): { server: string; ca: Cluster['ca'] | undefined } {
  const server = (kubeConfig.getCurrentCluster()?.server ?? '').replace(/\/+$/, '')
  const { caData, caFile } = kubeConfig.getCurrentCluster() ?? {}
  const pem = bufferFromFileOrString(caFile, caData)?.toString('utf8')
  return { server, ca: pem === undefined ? undefined : certificatesOf(pem) }
}

interface Created {
  readonly token: BootstrapToken
  readonly terms: TokenTerms
  readonly cluster: Cluster
  /** The kubeconfig that holds the token, which is then not printed. */
  readonly file: string | undefined
}

function created({ token, terms, cluster, file }: Created, flags: Flags): string {
  const pins = cluster.ca.map((certificate) => pinText(pinOf(certificate)))
  const hashes = pins.map((pin) => ` --discovery-token-ca-cert-hash ${pin}`).join('')
  const endpoint = cluster.server.slice('https://'.length)
  const line = `certlet join ${endpoint} --token ${tokenText(token)}${hashes}`
  const expires = terms.expires ? `${terms.expires.toISOString().slice(0, 19)}Z` : 'never'
  if (flags['output'] !== 'text') {
    const hidden = file === undefined ? { token: tokenText(token), join: line } : { kubeconfig: file }
    return formatted({ id: token.id, ...hidden, server: cluster.server, pins, expires }, flags['output'])
  }
  if (file === undefined) return `${line}\n`
  return columns([
    ['token', `${token.id}.…`],
    ['expires', expires],
    ['kubeconfig', file],
    ['on the node', `certlet bootstrap --bootstrap-kubeconfig ${file}`],
  ])
}

/** A person waits: what fails is told at once. */
function onlyOnce({ clock, random }: World): RetryPolicy {
  return { clock, random, onProblem: () => undefined }
}
