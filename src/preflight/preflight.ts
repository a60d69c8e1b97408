import { CertletError } from '../errors.ts'
import { type Access, accessOf } from './access.ts'
import { clusterFindings, tokenCheck, wanted } from './cluster-checks.ts'
import { type CheckName, failedBy, type Finding, ok } from './finding.ts'
import { type Looked, lookAtDisk } from './disk-checks.ts'
import { localFindings } from './local-checks.ts'
import { networkFindings, type NetworkTask, unmade } from './network-checks.ts'
import { DISCOVERY_MS, once, type PreflightTask } from './task.ts'

const NETWORK_CHECKS = ['dns', 'tcp', 'proxy', 'tls', 'clock'] as const satisfies readonly CheckName[]

/**
 * Everything that could go wrong, looked at before anything is requested: the machine, the way to the API server, and what the cluster
 * grants. Nothing is written here, and nothing is created there. What is wrong is never an error.
 * @returns a finding for each check, in the order of the table.
 * @throws the signal's reason.
 */
export async function preflight(task: PreflightTask): Promise<Finding[]> {
  const looked = lookAtDisk(task)
  return [...(await localFindings(task, looked)), ...(await remoteFindings(looked, task))]
}

async function remoteFindings(looked: Looked, task: PreflightTask): Promise<Finding[]> {
  const { way } = task
  if (way.kind === 'discovery') return byDiscovery(way, looked, task)
  const access = accessOf(way.bootstrap, looked.look)
  return access ? byAccess(access, looked, task) : unmade('bootstrap-file', [...NETWORK_CHECKS, ...wanted(task)])
}

/** @param discovery - the finding on how the cluster was found, where it was. */
async function byAccess(
  access: Access,
  looked: Looked,
  task: PreflightTask,
  discovery: readonly Finding[] = [],
): Promise<Finding[]> {
  const network = await networkFindings(access.server, task)
  const broken = brokenOf(network)
  const cluster = broken ? unmade(broken.name, wanted(task)) : await clusterFindings(access, looked, task)
  return [...network, ...discovery, ...cluster]
}

/** Discovery comes first, since it says where the API server is; where it fails, the address that it began with is looked at. */
async function byDiscovery(way: ByDiscovery, looked: Looked, task: PreflightTask): Promise<Finding[]> {
  const access = await discovered(way, task)
  if (!(access instanceof CertletError)) {
    const seen = `the cluster is at ${access.server.url}, and its CA is known`
    return byAccess(access, looked, task, [ok('discovery', seen)])
  }
  const network = way.endpoint ? await networkFindings(way.endpoint, task) : unmade('discovery', NETWORK_CHECKS)
  return [...network, failedBy('discovery', access), ...unmade('discovery', wanted(task))]
}

type ByDiscovery = Extract<PreflightTask['way'], { kind: 'discovery' }>

async function discovered({ discover }: ByDiscovery, { clock, signal }: PreflightTask): Promise<Access | CertletError> {
  const patience = AbortSignal.timeout(DISCOVERY_MS)
  try {
    return await discover({ retry: once(clock), signal: AbortSignal.any([signal, patience]) })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CertletError) return error
    if (patience.aborted) return new CertletError('API_TIMEOUT', `no cluster was found within ${DISCOVERY_MS / 1000} s`)
    throw error
  }
}

/** The way to the API server and, where there is one, the credential alone: to find out why a request failed. */
export async function diagnosis(place: Access | Pick<Access, 'server'>, task: NetworkTask): Promise<Finding[]> {
  const network = await networkFindings(place.server, task)
  return brokenOf(network) || !('kubeConfig' in place) ? network : [...network, await tokenCheck(place, task)]
}

/** What makes it pointless to ask the cluster; a clock that is off does not. */
function brokenOf(network: readonly Finding[]): Finding | undefined {
  return network.find(({ verdict, name }) => verdict === 'fail' && name !== 'clock')
}
