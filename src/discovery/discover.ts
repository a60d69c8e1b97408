import { type Cluster as ClusterEntry, KubeConfig } from '@kubernetes/client-node'
import { type RetryPolicy, retrying } from '../backoff.ts'
import { CertletError, type FailureCode } from '../errors.ts'
import { clusterInfoData } from '../kube/cluster-info.ts'
import { connectionTo } from '../kube/connection.ts'
import type { Limits } from '../kube/http-library.ts'
import type { BootstrapToken } from './bootstrap-token.ts'
import { bundleOf, type CaPin, requirePinned } from './ca-pins.ts'
import { type Cluster, type ClusterInfo, clusterOf, readClusterInfoData } from './cluster-info.ts'
import { isSignedWith } from './detached-jws.ts'

/** What a new node is told by hand. */
export interface TokenDiscovery {
  /** `https://HOST:PORT` */
  readonly endpoint: string
  readonly token: BootstrapToken
  /** Public keys of which the cluster's CA must have one; none: the token alone vouches for the CA. */
  readonly pins: readonly CaPin[]
}

/** What discovery takes from the world around it. */
export interface DiscoveryContext {
  readonly retry: RetryPolicy
  readonly signal: AbortSignal
  readonly limits?: Limits
}

/** cluster-info is a few thousand bytes. The time is kubeadm's. Source: cmd/kubeadm/app/discovery/token/token.go. */
export const DISCOVERY_LIMITS: Limits = { timeoutMs: 10_000, largestAnswer: 1024 * 1024 }

/** A token that has just been made is signed within a second or two; longer than this one need not wait for it, ms. */
const SIGNATURE_WAIT_MS = 15_000
const SIGNATURE_POLL_MS = 2_000

/**
 * Learns a cluster's address and CA from its API server, trusting the token and the pins alone: cluster-info is read without trust,
 * its signature is checked with the token, its CA against the pins, and then it is read again from a server that this CA vouches for.
 * @throws CertletError with a code of its own for each of these steps; the connection's errors, once they are not worth another try.
 * Source: cmd/kubeadm/app/discovery/token/token.go, retrieveValidatedConfigInfo.
 */
export async function discoverCluster(given: TokenDiscovery, context: DiscoveryContext): Promise<Cluster> {
  const { endpoint, token, pins } = given
  const { info, jws } = await signedClusterInfo(given, context)
  if (!isSignedWith(token, info.kubeconfig, jws)) {
    throw new CertletError(
      'TOKEN_SIGNATURE_WRONG',
      `Cannot trust what ${endpoint} says of its cluster: it is signed with another token of the id "${token.id}", or was changed after it was signed`,
    )
  }
  const cluster = clusterOf(info.kubeconfig)
  if (pins.length === 0) return cluster
  requirePinned(cluster.ca, pins)
  const again = await readClusterInfo({ server: endpoint, caPem: bundleOf(cluster.ca) }, context)
  if (again.kubeconfig === info.kubeconfig) return cluster
  throw new CertletError(
    'CLUSTER_INFO_CHANGED',
    `Cannot trust ${endpoint}: over a connection that its CA vouches for, cluster-info is not what it was before`,
  )
}

/** Reads cluster-info without trust until the token's signature is in it. */
async function signedClusterInfo(
  { endpoint, token }: TokenDiscovery,
  context: DiscoveryContext,
): Promise<{ info: ClusterInfo; jws: string }> {
  const { clock, onProblem } = context.retry
  for (let waitedMs = 0; ; waitedMs += SIGNATURE_POLL_MS) {
    const info = await readClusterInfo({ server: endpoint, nobody: true }, context)
    const jws = info.signatures.get(token.id)
    if (jws !== undefined) return { info, jws }
    const problem = notSigned(endpoint, token, info)
    if (waitedMs >= SIGNATURE_WAIT_MS) throw problem
    if (waitedMs === 0) onProblem(problem, SIGNATURE_POLL_MS) // told once; it is the reason if the caller's time is up first
    await clock.sleep(SIGNATURE_POLL_MS, context.signal)
  }
}

/** The controllers that sign are off unless kube-controller-manager is told otherwise. Source: its --controllers, bootstrap-signer-controller. */
function notSigned(endpoint: string, { id }: BootstrapToken, { signatures }: ClusterInfo): CertletError {
  const why =
    signatures.size > 0
      ? 'the token does not exist, has expired, or its Secret lacks usage-bootstrap-signing "true"'
      : 'it is signed for none: no token may sign, or kube-controller-manager runs without --controllers=*,bootstrap-signer-controller'
  return new CertletError(
    'TOKEN_NOT_SIGNED',
    `Cannot trust what ${endpoint} says of its cluster: cluster-info is not signed for the token id "${id}"; ${why}`,
  )
}

/** Who must vouch for a server: a CA, one of the system's, or nobody. */
export type Trust = { readonly caPem: string } | { readonly system: true } | { readonly nobody: true }

/** Reads cluster-info, anonymously. @throws CertletError of the connection, CLUSTER_INFO_ codes; the signal's reason. */
export async function readClusterInfo(
  { server, ...trust }: { readonly server: string } & Trust,
  { retry, signal, limits = DISCOVERY_LIMITS }: DiscoveryContext,
): Promise<ClusterInfo> {
  const kubeConfig = new KubeConfig()
  const cluster: ClusterEntry = {
    name: 'discovery',
    server,
    skipTLSVerify: 'nobody' in trust,
    ...('caPem' in trust && { caData: Buffer.from(trust.caPem).toString('base64') }),
  }
  kubeConfig.loadFromClusterAndUser(cluster, { name: 'anonymous' })
  using connection = connectionTo(kubeConfig, retry, limits)
  const attempt = async (): Promise<ClusterInfo> => {
    try {
      return readClusterInfoData(await clusterInfoData(connection, signal))
    } catch (error) {
      signal.throwIfAborted()
      throw inWordsOfJoin(error, server)
    }
  }
  return await retrying(attempt, retry, signal) // the connection ends with this block
}

const hints: Partial<Record<FailureCode, string>> = {
  API_UNREACHABLE: 'check the HOST:PORT of the command line, the network, and any firewall in between',
  API_CA_MISMATCH:
    'the CA of cluster-info did not sign the certificate of this server: look who answers on that address',
  API_NAME_MISMATCH: 'give the HOST as one of the names in its certificate',
  API_NOT_FOUND: 'check that the address is that of a Kubernetes API server',
}

/** The connection's errors speak of a kubeconfig; here there is none. A name that does not exist is not asked for again. */
function inWordsOfJoin(error: unknown, server: string): unknown {
  if (!(error instanceof CertletError))
    return new CertletError('API_UNEXPECTED', `The answer of ${server} is no ConfigMap`)
  if ((error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOTFOUND') {
    return new CertletError('ENDPOINT_UNKNOWN', error.message)
  }
  const hint = hints[error.code]
  const { retryAfterMs } = error
  return hint === undefined
    ? error
    : new CertletError(error.code, error.message, { hint, ...(retryAfterMs !== undefined && { retryAfterMs }) })
}
