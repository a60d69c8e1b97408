import { dirname, resolve } from 'node:path'
import { withDeadline } from '../agent/deadline.ts'
import type { RetryPolicy } from '../backoff.ts'
import { bundleOf } from '../discovery/ca-pins.ts'
import type { DiscoveryContext } from '../discovery/discover.ts'
import { formatDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { nodeIdentity } from '../identity/node-identity.ts'
import { renderBootstrapKubeconfig } from '../kubeconfig/bootstrap-file.ts'
import { discoveredAccess } from '../preflight/access.ts'
import { makeDirectory, replaceFile } from '../store/replace-file.ts'
import { agentSettings } from './agent-settings.ts'
import type { Flags } from './command.ts'
import { durationOf, logOf, textOf } from './common-flags.ts'
import { refuseOtherCluster, refuseTakenName, writeCa } from './join-checks.ts'
import { discoveryOf } from './join-discovery.ts'
import { placeOf } from './preflight-task.ts'
import { quickPreflight, type WayFound } from './quick-preflight.ts'
import { runBootstrap } from './run-bootstrap.ts'
import { step } from './step.ts'
import type { World } from './world.ts'

/** `certlet join`: discovery, a look at the node's name, the files of a bootstrap, and the bootstrap. @throws CertletError */
export async function runJoin(flags: Flags, world: World, argv: readonly string[]): Promise<number> {
  const log = logOf(flags, world)
  const { nodeName } = nodeIdentity({
    hostnameOverride: textOf(flags, 'hostname-override'),
    osHostname: world.hostname(),
  })
  const paths = pathsOf(flags)
  const bootstrapFlags = { ...flags, 'bootstrap-kubeconfig': paths.bootstrap }
  const discovery = await discoveryOf(flags, { world, log, argv })
  const shown = { world, log, plain: flags['log-format'] === 'json' }
  const found: { way: WayFound } = { way: startOf(flags) }
  const quick = quickPreflight(flags, await agentSettings(bootstrapFlags, world), {
    ...{ world, log, limitMs: durationOf(flags, 'discovery-timeout') },
    way: () => found.way,
  })
  quick.refuseDiskFault()
  const bounded = <T>(work: (context: DiscoveryContext) => Promise<T>): Promise<T> => {
    const { clock, random, signal } = world
    const limit = { timeoutMs: durationOf(flags, 'discovery-timeout'), what: 'cluster', clock, signal }
    return withDeadline((wait) => {
      const onProblem: RetryPolicy['onProblem'] = (problem, delayMs) => {
        wait.note(problem)
        quick.failed(problem.code)
        log.warn(problem.message, { retryIn: formatDuration(delayMs) })
      }
      return work({ retry: { clock, random, onProblem }, signal: wait.signal })
    }, limit)
  }

  const { cluster, credential } = await quick.watch(() =>
    step(discovery.title, () => bounded(discovery.discover), shown),
  )
  const target = { server: cluster.server, caPem: bundleOf(cluster.ca) }
  found.way = discoveredAccess(target, credential)
  log.info('the cluster is known', { server: cluster.server })
  refuseOtherCluster(paths.kubeconfig, cluster)
  const join = { cluster, credential, nodeName, replace: flags['replace'] === true }
  await quick.watch(() =>
    step(
      `Look whether the name "${nodeName}" is free`,
      () => bounded((context) => refuseTakenName(join, context, log)),
      shown,
    ),
  )

  writeCa(paths.ca, cluster)
  makeDirectory(dirname(paths.bootstrap), 0o755)
  replaceFile(paths.bootstrap, renderBootstrapKubeconfig(target, credential), 0o600)

  // The result comes last, below the steps.
  let result = ''
  const stdout = {
    ...world.stdout,
    write: (text: string): void => {
      result += text
    },
  }
  const code = await step('Get the credentials', () => runBootstrap(bootstrapFlags, { ...world, stdout }), shown)
  world.stdout.write(result)
  return code
}

/** Where discovery begins; undefined where a file says it. */
function startOf(flags: Flags): WayFound {
  const endpoint = textOf(flags, 'endpoint')
  return endpoint === undefined ? undefined : { server: placeOf(endpoint) }
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
