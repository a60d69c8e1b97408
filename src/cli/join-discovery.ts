import { resolve } from 'node:path'
import { retrying } from '../backoff.ts'
import { tokenText } from '../discovery/bootstrap-token.ts'
import { parsePins } from '../discovery/ca-pins.ts'
import type { Cluster } from '../discovery/cluster-info.ts'
import { confirmDiscoveryFile } from '../discovery/discover-by-file.ts'
import { discoverCluster, type DiscoveryContext } from '../discovery/discover.ts'
import { type DiscoveryFile, parseDiscoveryFile, readDiscoveryFile } from '../discovery/discovery-file.ts'
import { endpointUrl } from '../discovery/endpoint.ts'
import { discoveryUrl, fetchDiscoveryFile } from '../discovery/fetch-file.ts'
import { CertletError } from '../errors.ts'
import type { NodeCredential } from '../kubeconfig/bootstrap-file.ts'
import type { Log } from '../log.ts'
import type { Flags } from './command.ts'
import { listOf, textOf } from './common-flags.ts'
import { tokenOf } from './token-source.ts'
import type { World } from './world.ts'

/** A cluster, and by what this machine may ask it for a certificate. */
export interface Discovered {
  readonly cluster: Cluster
  readonly credential: NodeCredential
}

/** A way to a cluster that has been checked as far as that goes without the network. */
export interface Discovery {
  /** The step, for people. */
  readonly title: string
  readonly discover: (context: DiscoveryContext) => Promise<Discovered>
}

interface CommandLine {
  readonly world: World
  readonly log: Log
  readonly argv: readonly string[]
}

/** What the flags say of the way to the cluster, checked before anything is sent. @throws CertletError USAGE, PIN_MISSING, … */
export async function discoveryOf(flags: Flags, from: CommandLine): Promise<Discovery> {
  const endpoint = textOf(flags, 'endpoint')
  const file = textOf(flags, 'discovery-file')
  if ((endpoint === undefined) === (file === undefined)) {
    throw new CertletError('USAGE', 'Give either HOST:PORT of an API server or --discovery-file')
  }
  return file !== undefined
    ? fileDiscovery(file, flags, from)
    : tokenDiscovery(endpointUrl(endpoint ?? ''), flags, from)
}

async function tokenDiscovery(endpoint: string, flags: Flags, from: CommandLine): Promise<Discovery> {
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

async function fileDiscovery(file: string, flags: Flags, from: CommandLine): Promise<Discovery> {
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
