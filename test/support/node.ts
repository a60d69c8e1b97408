import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningAgent, startAgent } from '../../src/agent/run.ts'
import type { AgentEvent, AgentReport } from '../../src/agent/report.ts'
import type { RunSettings } from '../../src/agent/settings.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import { createLog } from '../../src/log.ts'
import { csrs } from './command.ts'
import { type LabLink, linkTo } from './lab-connection.ts'
import { type SimulatedClock, simulatedClock } from './simulated-clock.ts'

/** A node with a daemon, and a lab, in simulated time. */
export interface SimulatedNode extends AsyncDisposable {
  readonly clock: SimulatedClock
  readonly link: LabLink
  lab: Lab
  readonly lines: string[]
  readonly events: AgentEvent[]
  path(name: string): string
  settings: RunSettings
  machine: string | undefined
  /** Puts a bootstrap kubeconfig of the lab in place. */
  giveToken(): void
  start(): Promise<RunningAgent>
  /** Ends the daemon as SIGTERM does. */
  stop(): Promise<void>
  /** The report of the running daemon. */
  report(): AgentReport
  /** Lets time pass until the report says so. */
  until(condition: (report: AgentReport) => boolean, ms?: number): Promise<void>
  ready(): Promise<void>
  pairs(prefix?: string): string[]
  /** Objects of ours that were ever created, by name. */
  readonly created: Set<string>
  requests(): Promise<{ metadata: { name: string }; spec: Record<string, unknown> }[]>
  read(name: string): string
}

export async function simulatedNode(options: LabOptions = {}, more: Partial<RunSettings> = {}): Promise<SimulatedNode> {
  const clock = simulatedClock()
  const dir = mkdtempSync(join(tmpdir(), 'certlet-test-'))
  const path = (name: string): string => join(dir, name)
  mkdirSync(path('etc'))
  const stop: { controller: AbortController; agent: RunningAgent | undefined } = {
    controller: new AbortController(),
    agent: undefined,
  }
  const lines: string[] = []
  const events: AgentEvent[] = []
  let seed = 1
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647

  const first = await startLab({ clock, ...options })
  const node: SimulatedNode = {
    clock,
    lab: first,
    link: linkTo(() => node.lab),
    lines,
    events,
    path,
    machine: 'a'.repeat(32),
    settings: {
      identity: nodeIdentity({ osHostname: 'n1' }),
      source: { kind: 'file', path: path('etc/bootstrap.conf') },
      kubeconfigPath: path('etc/kubelet.conf'),
      certDir: path('pki'),
      keyType: 'ecdsa-p256',
      emulation: '1.36',
      keepPairs: 1,
      keepBootstrapKubeconfig: false,
      allowInsecure: false,
      dropStaleSans: false,
      ...more,
    },
    giveToken: () => {
      writeFileSync(path('etc/bootstrap.conf'), node.lab.bootstrapKubeconfig(), { mode: 0o600 })
    },
    start: async () => {
      stop.controller = new AbortController()
      const log = createLog((line) => lines.push(line), { format: 'text', least: 'debug', now: () => clock.now() })
      const agent = await startAgent(
        node.settings,
        {
          ...{ clock, random, log, uid: process.getuid?.() ?? 0, machine: node.machine },
          signal: stop.controller.signal,
          newKeyPair: generateKeyPair,
          connect: node.link.connect,
          happened: () => undefined,
        },
        [{ happened: (event) => events.push(event) }],
      )
      stop.agent = agent
      return agent
    },
    stop: async () => {
      stop.controller.abort(new Error('stop'))
      await stop.agent?.ended
      stop.agent = undefined
    },
    report: () => {
      assert.ok(stop.agent, 'the daemon runs')
      return stop.agent.report()
    },
    until: (condition, ms) =>
      clock
        .until(() => condition(node.report()), ms)
        .catch((error: unknown) => {
          throw new Error(`${String(error)}: ${JSON.stringify(node.report())}\n${lines.slice(-20).join('')}`)
        }),
    ready: () => node.until(({ client, serving }) => client.ready && serving?.ready !== false),
    pairs: (prefix = 'kubelet-client') =>
      existsSync(path('pki')) ? readdirSync(path('pki')).filter((name) => new RegExp(`^${prefix}-\\d`).test(name)) : [],
    created: new Set(),
    requests: () => csrs(node.lab),
    read: (name) => readFileSync(path(name), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await node.stop()
      await first.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
  node.giveToken()
  return node
}
