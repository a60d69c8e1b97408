import type { BootstrapSettings, RunSettings } from '../../src/agent/settings.ts'
import type { AgentObserver, AgentReport } from '../../src/agent/report.ts'
import type { RunningAgent } from '../../src/agent/run.ts'
import type { AgentContext } from '../../src/agent/context.ts'
import type { MachineNetwork } from '../../src/identity/machine-address.ts'
import type { Log } from '../../src/log.ts'
import type { StoredRequest } from './cluster/cluster.ts'
import { networkOf, SERVER, type Tap } from './cluster/network.ts'
import { keyOf, keyPem } from './keys.ts'
import { type Disk, find, type Folder, newFile, newFolder, rename, sync } from './machine/disk.ts'
import { createMachine, type Machine, type Witness } from './machine/machine.ts'
import { type Doom, Killed, type Process, runAs, runUntilSettled } from './machine/process.ts'
import type { World } from './world.ts'

/** Where a node keeps things. */
export const PATHS = {
  bootstrap: '/etc/kubernetes/bootstrap-kubelet.conf',
  kubeconfig: '/etc/kubernetes/kubelet.conf',
  pki: '/var/lib/kubelet/pki',
} as const

const SECOND_MS = 1000
/** Restart=, with RestartSec=. */
const RESTART_MS = 5 * SECOND_MS
/** RestartMaxDelaySec=, after a start that failed. */
const LOCKED_MS = 300 * SECOND_MS

/** A machine that is a node of the cluster, and who runs certlet on it. */
export interface Node {
  readonly machine: Machine
  readonly nodeName: string
  readonly settings: RunSettings
  /** The daemon's own report; undefined while there is none. */
  report(): AgentReport | undefined
  /** The daemon that the system keeps running. */
  readonly daemon: Process | undefined
  /** Starts what the system starts at boot. */
  boot(afterMs: number): void
  /** Ends the daemon as SIGTERM does, and starts it again after a while. */
  restart(afterMs: number): Promise<void>
  /** A daemon that somebody starts by mistake; it ends after a while, if it gets to run at all. */
  secondDaemon(forMs: number): void
  /** `certlet bootstrap`, by hand. */
  bootstrapByHand(): void
  rotate(purpose: 'client' | 'serving'): Promise<void>
  /** Puts a bootstrap kubeconfig with a new token there. */
  giveToken(lifeMs: number): void
  /** What the next daemon dies of. */
  nextDoom: Doom | undefined
  /** What is to hold of it from now on. */
  fairSince: number
  /** Keys that were made here, by their digest. */
  readonly keys: Set<string>
}

export interface Watchers {
  readonly witness: Witness
  readonly tap: Tap
  /** A process has ended by what is no error of certlet's. */
  defect(process: Process, error: unknown): void
  /** A daemon was refused because another works on the folder. */
  locked(process: Process): void
  started(process: Process): void
  /** A request has been made. */
  requested(node: Node, request: StoredRequest): void
}

export function createNode(
  world: World,
  { name, nodeName, disk, serving }: { name: string; nodeName: string; disk: Disk; serving: boolean },
  watchers: Watchers,
): Node {
  const { timeline, cluster, variant, oracle } = world
  const random = world.random.fork(name)
  const id = Buffer.alloc(16, name).toString('hex')
  const latencyMs = random.spread(1, 200)
  const machine = createMachine({ name, id, disk, latencyMs }, { timeline, random, witness: watchers.witness })
  const settings: RunSettings = {
    identity: variant.nodeIdentity({ osHostname: nodeName }),
    source: { kind: 'file', path: PATHS.bootstrap },
    ...{ kubeconfigPath: PATHS.kubeconfig, certDir: PATHS.pki, keyType: 'ecdsa-p256', emulation: '1.36' },
    ...{ keepPairs: 1, keepBootstrapKubeconfig: false, allowInsecure: false, dropStaleSans: false },
    refreshCa: { kind: 'configmap', namespace: 'kube-system' },
    ...(serving && { serving: { nodeIps: [], sans: [], machineNetwork: () => networkAt(machine.address) } }),
  }
  let agent: { readonly process: Process; readonly running: RunningAgent } | undefined
  let starts = 0

  const newProcess = (kind: Process['kind']): Process => {
    const process: Process = {
      ...{ machine, kind, name: `${name}/${kind}#${++starts}`, alive: true, doom: undefined, calls: 0, burst: 0 },
      ...{ stop: new AbortController(), files: new Map(), endings: [] },
    }
    machine.processes.push(process)
    timeline.changed()
    return process
  }

  const contextOf = (process: Process): AgentContext => ({
    clock: machine.clockOf(process),
    random: () => random.next(),
    log: logOf(process),
    signal: process.stop.signal,
    uid: 0,
    machine: id,
    newKeyPair: () => {
      const pem = keyPem(world.nextKey++)
      node.keys.add(keyOf(pem))
      return Promise.resolve(variant.parseKeyPair(pem))
    },
    connect: networkOf(process, { cluster, random, tap: watchers.tap, variant }),
    happened: () => undefined,
  })

  const logOf = (process: Process): Log => {
    const say = (level: string) => (message: string, fields?: object) => {
      if (!world.quiet && process.alive)
        world.trace(process.name, `${level}: ${message} ${fields ? JSON.stringify(fields) : ''}`)
    }
    const log: Log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), with: () => log }
    return log
  }

  /** The process has come to its end by itself. */
  const ended = (process: Process, error: unknown): void => {
    if (!process.alive) return
    if (error instanceof variant.CertletError) {
      world.trace(process.name, `ends: ${error.code} ${error.message}`)
      if (error.code === 'LOCKED') watchers.locked(process)
    } else if (error !== undefined && !process.stop.signal.aborted && !(error instanceof Killed)) {
      watchers.defect(process, error)
    } else world.trace(process.name, 'ends')
    machine.kill(process, 'itself')
  }

  const startDaemon = async (kind: 'daemon' | 'second daemon'): Promise<Process> => {
    const process = newProcess(kind)
    process.doom = node.nextDoom
    node.nextDoom = undefined
    const outlines = new Set<string>()
    world.trace(process.name, 'starts')
    await runUntilSettled(process, async () => {
      try {
        const observer: AgentObserver = {
          changed: (report) => {
            const now = outlineOf(report)
            if (!outlines.has(now)) timeline.changed() // one that comes again and again is no news
            outlines.add(now)
          },
          happened: (event) => {
            world.told(node, event)
          },
        }
        const running = await variant.startAgent(settings, contextOf(process), [observer])
        if (process.alive) watchers.started(process)
        if (kind === 'daemon') agent = { process, running }
        running.ended.then(
          () => {
            ended(process, undefined)
          },
          (error: unknown) => {
            ended(process, error)
          },
        )
      } catch (error) {
        ended(process, error)
      }
    })
    return process
  }

  /** Keeps the daemon running, as systemd does. */
  const supervise = async (): Promise<void> => {
    if (!node.daemon) await startDaemon('daemon')
    const process = machine.processes.find(({ kind }) => kind === 'daemon')
    if (!process) {
      node.boot(LOCKED_MS)
      return
    }
    process.endings.push(() => {
      node.boot(RESTART_MS)
    })
  }

  let booting = false

  const node: Node = {
    ...{ machine, nodeName, settings, nextDoom: undefined, fairSince: 0, keys: new Set<string>() },
    report: () => (agent?.process.alive === true ? agent.running.report() : undefined),
    get daemon() {
      return agent?.process.alive === true ? agent.process : undefined
    },
    boot: (afterMs) => {
      if (booting) return
      booting = true
      timeline.after(afterMs, undefined, async () => {
        booting = false
        await supervise()
      })
    },
    restart: async (afterMs) => {
      const process = node.daemon
      if (!process) return
      booting = true // not before afterMs
      await runAs(process, () => {
        process.stop.abort(new Error('SIGTERM'))
      })
      machine.kill(process, 'timeout')
      booting = false
      node.boot(afterMs)
    },
    secondDaemon: (forMs) => {
      timeline.after(0, undefined, async () => {
        const process = await startDaemon('second daemon')
        timeline.after(forMs, undefined, async () => {
          if (!process.alive) return
          await runAs(process, () => {
            process.stop.abort(new Error('SIGTERM'))
          })
          machine.kill(process, 'timeout')
        })
      })
    },
    bootstrapByHand: () => {
      timeline.after(0, undefined, async () => {
        const process = newProcess('bootstrap')
        world.trace(process.name, 'starts')
        const oneShot: BootstrapSettings = { ...settings, timeoutMs: 3_600_000, servingTimeoutMs: 3_600_000 }
        await runAs(process, () => {
          variant.bootstrap(oneShot, contextOf(process)).then(
            () => {
              ended(process, undefined)
            },
            (error: unknown) => {
              ended(process, error)
            },
          )
        })
      })
    },
    rotate: async (purpose) => {
      const running = agent
      if (!running || node.daemon === undefined || (purpose === 'serving' && !settings.serving)) return
      world.trace(running.process.name, `is asked to rotate the ${purpose} credential`)
      await runAs(running.process, () => {
        void running.running.rotate(purpose)
      })
    },
    giveToken: (lifeMs) => {
      const { id: tokenId, secret } = cluster.newToken(lifeMs)
      const text = oracle.renderBootstrapKubeconfig(
        { server: SERVER, caPem: cluster.servingCa.certificatePem },
        { token: `${tokenId}.${secret}` },
      )
      world.trace(name, `an operator brings a token (${tokenId})`)
      putFile(machine, PATHS.bootstrap, text)
    },
  }
  return node
}

/** There is no Node object in the simulation: a machine's own address counts. */
function networkAt(address: string): MachineNetwork {
  const eth0 = { address, family: 'IPv4', internal: false, netmask: '255.255.255.0', mac: '', cidr: null } as const
  return { interfaces: { eth0: [eth0] } }
}

/** Of a report, what makes a difference: the sentences of one trouble that goes on vary. */
function outlineOf({ client, serving }: AgentReport): string {
  const of = (one: AgentReport['client'] | undefined): string =>
    `${one?.ready} ${one?.certificate?.serial} ${one?.waiting?.reason} ${one?.request?.name}`
  return `${of(client)} ${of(serving)}`
}

/** A disk with what an installer has made. */
export function installed(disk: Disk): Disk {
  const folder = (parent: Folder, name: string): Folder => {
    const made = newFolder(0o755, 0)
    rename(parent, [[name, made]])
    return made
  }
  const etc = folder(disk.root, 'etc')
  const kubernetes = folder(etc, 'kubernetes')
  const lib = folder(folder(disk.root, 'var'), 'lib')
  for (const one of [kubernetes, etc, lib, disk.root]) sync(one)
  for (const one of disk.root.names.values()) sync(one)
  return disk
}

/** Somebody else than certlet puts a file there, durably. */
function putFile(machine: Machine, path: string, content: string): void {
  const { folder, name } = find(machine.disk.root, path, { follow: false })
  const file = newFile(0o600, machine.wall())
  file.content = content
  sync(file)
  rename(folder, [[name, file]])
  sync(folder)
  machine.diskChanged(path)
}
