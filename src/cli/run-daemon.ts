import { ownConnection } from '../agent/own-connection.ts'
import { startAgent } from '../agent/run.ts'
import { serveControl } from '../control/control-server.ts'
import { agentContext } from './agent-context.ts'
import { warnOfUnusualKeys } from './agent-settings.ts'
import { logOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { runSettings } from './run-settings.ts'
import { startServices } from './services.ts'
import type { World } from './world.ts'

/**
 * `certlet run`: until it is told to end by SIGTERM or SIGINT, which is no failure.
 * @returns the exit code. @throws CertletError
 */
export async function runDaemon(flags: Flags, world: World): Promise<number> {
  const settings = await runSettings(flags, world)
  const log = logOf(flags, world)
  const context = agentContext(log, world, { nodeBinding: flags['node-binding'] === true })
  warnOfUnusualKeys(settings, log)
  log.info('keeping the credentials of this node', {
    node: settings.identity.nodeName,
    purposes: settings.serving ? ['client', 'serving'] : ['client'],
  })
  // Events are written with a connection of their own: the daemon's is not held up by them.
  using own = ownConnection(settings.kubeconfigPath, {
    connect: context.connect,
    retry: { ...context, onProblem: () => undefined },
  })
  await using services = await startServices(flags, world, {
    nodeName: settings.identity.nodeName,
    kubeconfigPath: settings.kubeconfigPath,
    certDir: settings.certDir,
    log,
    connection: () => own.get(),
  })
  const agent = await startAgent(settings, context, services.observers)
  await using _control = await serveControl(agent, { certDir: settings.certDir, log, signal: world.signal })
  using _hangup = world.onHangup(() => {
    log.info('SIGHUP: rotating now')
    services.systemd?.reloading()
    for (const purpose of settings.serving ? (['client', 'serving'] as const) : (['client'] as const)) {
      void agent.rotate(purpose)
    }
    services.systemd?.reloaded() // the rotations may wait for people; STATUS= tells
  })
  await agent.ended
  log.info('ended; the credentials stay, and the next start goes on from here')
  return 0
}
