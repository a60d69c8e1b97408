import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { withDeadline } from '../agent/deadline.ts'
import { type RetryPolicy, retrying } from '../backoff.ts'
import { tokenText } from '../discovery/bootstrap-token.ts'
import { bundleOf, certificatesOf, parsePins } from '../discovery/ca-pins.ts'
import type { Cluster } from '../discovery/cluster-info.ts'
import { confirmDiscoveryFile } from '../discovery/discover-by-file.ts'
import { discoverCluster, type DiscoveryContext } from '../discovery/discover.ts'
import { type DiscoveryFile, parseDiscoveryFile, readDiscoveryFile } from '../discovery/discovery-file.ts'
import { endpointUrl } from '../discovery/endpoint.ts'
import { discoveryUrl, fetchDiscoveryFile } from '../discovery/fetch-file.ts'
import { formatDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { nodeIdentity } from '../identity/node-identity.ts'
import { connectionTo } from '../kube/connection.ts'
import { nodeReadiness } from '../kube/node-readiness.ts'
import { type NodeCredential, renderBootstrapKubeconfig } from '../kubeconfig/bootstrap-file.ts'
import { readClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import type { Log } from '../log.ts'
import { makeDirectory, replaceFile } from '../store/replace-file.ts'
import type { Flags } from './command.ts'
import { durationOf, listOf, logOf, textOf } from './common-flags.ts'
import { runBootstrap } from './run-bootstrap.ts'
import { step } from './step.ts'
import { tokenOf } from './token-source.ts'
import type { World } from './world.ts'

/** `certlet join`: discovery, a look at the node's name, the files of a bootstrap, and the bootstrap. @throws CertletError */
export async function runJoin(flags: Flags, world: World, argv: readonly string[]): Promise<number> {
  const log = logOf(flags, world)
  const { nodeName } = nodeIdentity({
    hostnameOverride: textOf(flags, 'hostname-override'),
    osHostname: world.hostname(),
  })
  const paths = pathsOf(flags)
  const discovery = await discoveryOf(flags, { world, log, argv })
  const shown = { world, log, plain: flags['log-format'] === 'json' }
  const bounded = <T>(work: (context: DiscoveryContext) => Promise<T>): Promise<T> => {
    const { clock, random, signal } = world
    const limit = { timeoutMs: durationOf(flags, 'discovery-timeout'), what: 'cluster', clock, signal }
    return withDeadline((wait) => {
      const onProblem: RetryPolicy['onProblem'] = (problem, delayMs) => {
        wait.note(problem)
        log.warn(problem.message, { retryIn: formatDuration(delayMs) })
      }
      return work({ retry: { clock, random, onProblem }, signal: wait.signal })
    }, limit)
  }

  const { cluster, credential } = await step(discovery.title, () => bounded(discovery.discover), shown)
  log.info('the cluster is known', { server: cluster.server })
  refuseOtherCluster(paths.kubeconfig, cluster)
  const join = { cluster, credential, nodeName, replace: flags['replace'] === true }
  await step(
    `Look whether the name "${nodeName}" is free`,
    () => bounded((context) => refuseTakenName(join, context, log)),
    shown,
  )

  writeCa(paths.ca, cluster)
  makeDirectory(dirname(paths.bootstrap), 0o755)
  const target = { server: cluster.server, caPem: bundleOf(cluster.ca) }
  replaceFile(paths.bootstrap, renderBootstrapKubeconfig(target, credential), 0o600)

  // The result comes last, below the steps.
  let result = ''
  const stdout = {
    ...world.stdout,
    write: (text: string): void => {
      result += text
    },
  }
  const bootstrapFlags = { ...flags, 'bootstrap-kubeconfig': paths.bootstrap }
  const code = await step('Get the credentials', () => runBootstrap(bootstrapFlags, { ...world, stdout }), shown)
  world.stdout.write(result)
  return code
}

function pathsOf(flags: Flags): { kubeconfig: string; ca: string; bootstrap: string } {
  const bootstrap = textOf(flags, 'bootstrap-kubeconfig') ?? ''
  if (bootstrap === '-') throw new CertletError('USAGE', '--bootstrap-kubeconfig of join is a file that is written')
  return {
    kubeconfig: resolve(textOf(flags, 'kubeconfig') ?? ''),
    ca: resolve(textOf(flags, 'ca-cert') ?? ''),
    bootstrap: resolve(bootstrap),
  }
}

interface Discovered {
  readonly cluster: Cluster
  readonly credential: NodeCredential
}

interface Discovery {
  readonly title: string
  readonly discover: (context: DiscoveryContext) => Promise<Discovered>
}

/** What the flags say of the way to the cluster, checked before anything is sent. @throws CertletError USAGE, PIN_MISSING, … */
async function discoveryOf(
  flags: Flags,
  from: { readonly world: World; readonly log: Log; readonly argv: readonly string[] },
): Promise<Discovery> {
  const endpoint = textOf(flags, 'endpoint')
  const file = textOf(flags, 'discovery-file')
  if ((endpoint === undefined) === (file === undefined)) {
    throw new CertletError('USAGE', 'Give either HOST:PORT of an API server or --discovery-file')
  }
  return file !== undefined
    ? fileDiscovery(file, flags, from)
    : tokenDiscovery(endpointUrl(endpoint ?? ''), flags, from)
}

async function tokenDiscovery(
  endpoint: string,
  flags: Flags,
  from: { readonly world: World; readonly log: Log; readonly argv: readonly string[] },
): Promise<Discovery> {
  const pins = parsePins(listOf(flags, 'discovery-token-ca-cert-hash'))
  const unsafe = flags['discovery-token-unsafe-skip-ca-verification'] === true
  if (pins.length === 0 && !unsafe) {
    throw new CertletError('PIN_MISSING', `Cannot trust ${endpoint}: no CA pin was given`)
  }
  const token = await tokenOf(flags, from)
  if (!token) throw new CertletError('USAGE', 'No token was given, and there is no terminal to ask for it')
  if (pins.length === 0) from.log.warn('no CA is pinned: whoever knows the token can pose as the cluster')
  return {
    title: `Find the cluster at ${endpoint}`,
    discover: async (context) => ({
      cluster: await discoverCluster({ endpoint, token, pins }, context),
      credential: { token: tokenText(token) },
    }),
  }
}

async function fileDiscovery(
  file: string,
  flags: Flags,
  from: { readonly world: World; readonly log: Log; readonly argv: readonly string[] },
): Promise<Discovery> {
  const url = discoveryUrl(file)
  const local = url ? undefined : readDiscoveryFile(resolve(file))
  const given = local?.credential && !flags['token'] && !flags['token-file'] ? undefined : await tokenOf(flags, from)
  const { log } = from
  const discover = async (context: DiscoveryContext): Promise<Discovered> => {
    const found = local ?? (await fetched(url, context))
    for (const key of found.ignored) log.warn(`${key} of the discovery file is not taken over`)
    const credential = given ? { token: tokenText(given) } : found.credential
    if (!credential) {
      throw new CertletError('DISCOVERY_FILE_INVALID', `Cannot join with ${file} alone: it has no credential`, {
        hint: 'give a bootstrap token as well, with --token-file or CERTLET_TOKEN',
      })
    }
    return { cluster: await confirmDiscoveryFile(found, { ...context, log }), credential }
  }
  return { title: `Find the cluster by ${file}`, discover }
}

async function fetched(url: URL | undefined, context: DiscoveryContext): Promise<DiscoveryFile> {
  if (!url) throw new CertletError('INTERNAL', 'A discovery file is neither here nor there')
  const text = await retrying(() => fetchDiscoveryFile(url, context), context.retry, context.signal)
  return parseDiscoveryFile(text, url.href)
}

/** A credential of another cluster is neither used nor thrown away. @throws CertletError JOINED_ELSEWHERE */
function refuseOtherCluster(path: string, { server }: Cluster): void {
  const found = readClientKubeconfig(path)
  if (found.kind !== 'readable' || found.server.url === server) return
  throw new CertletError(
    'JOINED_ELSEWHERE',
    `Cannot join ${server}: "${path}" has a credential for ${found.server.url} already`,
  )
}

/** @throws CertletError NODE_EXISTS; UNAUTHORIZED if the token is not accepted, and the connection's errors. */
async function refuseTakenName(
  { cluster, credential, nodeName, replace }: Discovered & { readonly nodeName: string; readonly replace: boolean },
  { retry, signal }: DiscoveryContext,
  log: Log,
): Promise<void> {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(
    renderBootstrapKubeconfig({ server: cluster.server, caPem: bundleOf(cluster.ca) }, credential),
  )
  using connection = connectionTo(kubeConfig, retry)
  const found = await retrying(() => nodeReadiness(connection, nodeName, signal), retry, signal)
  if (found === 'forbidden') {
    log.warn(
      'the token may not read Nodes, so that nobody knows whether the name is taken; `certlet rbac` has the right for it',
    )
  }
  if (found === 'not ready')
    log.info('there is a Node of this name that is not Ready: taking it over', { node: nodeName })
  if (found !== 'ready') return
  if (!replace) {
    throw new CertletError('NODE_EXISTS', `Cannot join as "${nodeName}": a Node of that name is there and Ready`)
  }
  log.warn('a Node of this name is there and Ready, and is replaced', { node: nodeName })
}

/** Writes the CA where kubeadm writes it, unless it is there. @throws CertletError CA_DIFFERS, DISK_… */
function writeCa(path: string, { ca }: Cluster): void {
  if (!existsSync(path)) {
    makeDirectory(dirname(path), 0o755)
    replaceFile(path, bundleOf(ca), 0o644)
    return
  }
  const found = certificatesOf(readFileSync(path, 'utf8')) ?? []
  if (ca.every(({ raw }) => found.some((other) => other.raw.equals(raw)))) return
  throw new CertletError('CA_DIFFERS', `Cannot use "${path}": it holds another CA than the cluster has`)
}
