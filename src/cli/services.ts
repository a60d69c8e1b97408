import { abortable } from '../abortable.ts'
import type { AgentObserver, AgentReport } from '../agent/report.ts'
import type { Connection } from '../kube/connection.ts'
import type { Log } from '../log.ts'
import { copies } from '../service/copies.ts'
import { copyTarget } from '../service/copy-target.ts'
import { serveHealth } from '../service/health-server.ts'
import { giveMemoryBack } from '../service/give-memory-back.ts'
import { type Heartbeat, heartbeat } from '../service/heartbeat.ts'
import { listenAddress } from '../service/listen-address.ts'
import { openNotifyChannel } from '../service/notify-channel.ts'
import { pingWatchdog, systemdNotifier, type SystemdNotifier, watchdogIntervalMs } from '../service/notify.ts'
import { hookCommand, onRotate } from '../service/on-rotate.ts'
import { agentPages } from '../service/pages.ts'
import { recordEvents } from '../service/record-events.ts'
import { inheritedDescriptors } from '../service/systemd-descriptors.ts'
import { openCredentialStore } from '../store/credential-store.ts'
import { version } from '../version.ts'
import { durationOf, textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/** What the services have to know of the node. */
export interface ServiceTask {
  readonly nodeName: string
  readonly kubeconfigPath: string
  readonly certDir: string
  readonly log: Log
  /** The connection with the node's own credential. @throws CertletError when there is none yet. */
  readonly connection: () => Connection
}

/** All that is around the agent, by the flags: dispose it when the agent has ended. */
export interface Services extends AsyncDisposable {
  readonly observers: readonly AgentObserver[]
  /** What systemd is to be told of reloads; undefined when it does not listen. */
  readonly systemd?: SystemdNotifier
}

/** How long a command that does not heed SIGTERM lives on, ms; at the end of certlet itself there is not so much time. */
const GRACE_MS = 5_000
const LAST_GRACE_MS = 500

/** How long systemd may take to hear that certlet ends, ms; the tool systemd-notify may hang for longer. */
const LAST_WORDS_MS = 300

/** What ends a service; the latest first. */
type Closers = (() => Promise<unknown>)[]

/** Starts what the flags ask for, before the agent starts, so that a fault in them is told at once. @throws CertletError USAGE */
export async function startServices(flags: Flags, world: World, task: ServiceTask): Promise<Services> {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer()
  }
  try {
    const started = await start(flags, world, task, closers)
    return { ...started, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  flags: Flags,
  world: World,
  task: ServiceTask,
  closers: Closers,
): Promise<Omit<Services, typeof Symbol.asyncDispose>> {
  const { clock, signal } = world
  const beat = heartbeat(() => performance.now())
  const state: { report?: AgentReport } = {}
  const remember: AgentObserver = {
    changed: (report) => {
      state.report = report
    },
  }
  const observers: AgentObserver[] = [remember, beat, giveMemoryBack(world.collectGarbage, clock, signal)]
  // The order is that of the effects: copies are in place before anybody is told that there is something new.
  observers.push(...copiesOf(flags, world, task), ...hookOf(flags, world, task, closers))
  const address = textOf(flags, 'metrics-address')
  if (address !== undefined) {
    const where = listenAddress(address, inheritedDescriptors(world.env, world.pid))
    const { agentMetrics } = await import('../service/metrics.ts')
    const metrics = await agentMetrics({ clock, version })
    const pages = agentPages({ metrics, heartbeat: beat, report: () => state.report, clock })
    const server = await serveHealth(pages, where, signal)
    closers.push(async () => {
      await server[Symbol.asyncDispose]()
    })
    task.log.info('metrics and health are served', {
      address: 'host' in where ? where.host : 'systemd',
      port: server.port,
    })
    observers.push(metrics)
  }
  if (flags['record-events'] === true) observers.push(recordEvents({ ...task, clock, signal }))
  const systemd = await systemdOf(world, beat, closers)
  if (systemd) observers.push(systemd)
  return { observers, ...(systemd && { systemd }) }
}

function copiesOf(flags: Flags, { uid, gid }: World, { certDir, log }: ServiceTask): AgentObserver[] {
  // Commas belong to paths here, so this is no list of lists.
  const texts = ((flags['copy'] ?? []) as readonly unknown[]).map(String)
  if (texts.length === 0) return []
  const targets = texts.map((text) => copyTarget(text, { uid, gid }))
  const readCurrent: Parameters<typeof copies>[1]['readCurrent'] = (purpose) =>
    openCredentialStore({ directory: certDir, purpose, uid, readOnly: true }).readCurrent()
  return [copies(targets, { readCurrent, log })]
}

function hookOf(
  flags: Flags,
  { env, signal }: World,
  { nodeName, kubeconfigPath, log }: ServiceTask,
  closers: Closers,
): AgentObserver[] {
  if (flags['on-rotate'] === undefined) return []
  const hook = onRotate({
    command: hookCommand(flags['on-rotate']),
    limits: { timeMs: durationOf(flags, 'on-rotate-timeout'), graceMs: GRACE_MS, lastGraceMs: LAST_GRACE_MS },
    nodeName,
    kubeconfigPath,
    path: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    log,
    signal,
  })
  closers.push(() => hook.idle())
  return [hook]
}

async function systemdOf(
  { env, pid, clock, signal, monotonicUs }: World,
  beat: Heartbeat,
  closers: Closers,
): Promise<SystemdNotifier | undefined> {
  const channel = await openNotifyChannel(env, pid)
  if (!channel) return undefined
  const notifier = systemdNotifier(channel, clock, monotonicUs)
  const intervalMs = watchdogIntervalMs(env, pid)
  const pinging =
    intervalMs === undefined ? Promise.resolve() : pingWatchdog(channel, intervalMs, { heartbeat: beat, clock, signal })
  closers.push(() => lastWords(notifier, pinging))
  return notifier
}

async function lastWords(notifier: SystemdNotifier, pinging: Promise<void>): Promise<void> {
  await abortable(Promise.all([notifier.stopping(), pinging]), AbortSignal.timeout(LAST_WORDS_MS)).catch(
    () => undefined,
  )
}
