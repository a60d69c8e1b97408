import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { main } from '../../src/cli/main.ts'
import type { Output, World } from '../../src/cli/world.ts'
import { CertletError } from '../../src/errors.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { randomToken } from '../../src/tokens/random-token.ts'
import { KUBEADM_GROUP, TOKEN_NAMESPACE, tokenSecret } from '../../src/tokens/token-secret.ts'
import { tokenText } from '../../src/discovery/bootstrap-token.ts'
import { type SimulatedClock, simulatedClock } from '../support/simulated-clock.ts'
import { type Quiet, quietProcess } from './quiet.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** A node on which `certlet run` lives, and the lab that it talks to over the network, in simulated time and one process. */
export interface Life extends AsyncDisposable {
  readonly clock: SimulatedClock
  readonly quiet: Quiet
  readonly lab: Lab
  readonly dir: string
  readonly certDir: string
  /** Numbers in [0, 1), the same in each run with the same seed. */
  readonly random: () => number
  /** Rotations of all daemons so far, by their own metrics. */
  rotations(): Promise<Record<'client' | 'serving', number>>
  start(): void
  /** As SIGTERM. */
  stop(): Promise<void>
  /** As SIGHUP. */
  hangUp(): void
  /** Sets the node's clock, which the lab's does not follow, ms from the true time. */
  setNodeClock(offMs: number): void
  /** Puts a bootstrap kubeconfig with a token that was just made in place. */
  giveToken(): Promise<void>
  /** The last lines of the daemon's log. */
  readonly log: readonly string[]
  /** Ends what waits on the life's behalf. */
  readonly signal: AbortSignal
}

/** TLS goes by the machine's own clock: by it the certificates of the lab's API server hold from half a year before to half a year after. */
const BEGUN_BEFORE_MS = 180 * DAY_MS

const MOST_LINES = 60

/** The signer's terms: certificates for an hour. */
const SIGNING = { duration: '1h' }

export async function beginLife(seed: number): Promise<Life> {
  const quiet = quietProcess()
  const clock = simulatedClock(new Date(Date.now() - BEGUN_BEFORE_MS), () => quiet.settle())
  const random = seeded(seed)
  const dir = mkdtempSync(join(memoryFolder(), 'certlet-life-'))
  const certDir = join(dir, 'pki')
  mkdirSync(join(dir, 'etc'))
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    status: { addresses: [{ type: 'InternalIP', address: '192.0.2.7' }] },
  }
  const lab = await startLab({ clock, random, signing: SIGNING, approveServing: true, objects: [node] })
  const log: string[] = []
  const nodeClock = { offMs: 0 }
  const over = new AbortController()
  const counted = { client: 0, serving: 0 }
  let metricsPort: number | undefined
  let daemon: { stop: AbortController; hangUp: () => void; ended: Promise<number> } | undefined

  const start = (): void => {
    const stop = new AbortController()
    const hangUp = { listener: (): void => undefined }
    const world = worldOf({
      signal: stop.signal,
      random,
      clock: {
        now: () => new Date(clock.now().getTime() + nodeClock.offMs),
        sleep: (ms, signal) => clock.sleep(ms, signal),
      },
      write: (line) => {
        log.push(line)
        const [, port] = /^metrics and health are served .*port=(\d+)/.exec(line) ?? []
        if (port !== undefined) metricsPort = Number(port)
        if (log.length > MOST_LINES) log.shift()
      },
      onHangup: (listener) => {
        hangUp.listener = listener
      },
    })
    daemon = {
      stop,
      hangUp: () => {
        hangUp.listener()
      },
      ended: main(flags(dir), world),
    }
  }

  const metrics = async (): Promise<Record<'client' | 'serving', number>> => {
    const page = daemon && metricsPort !== undefined ? await fetchText(metricsPort, '/metrics') : ''
    const of = (purpose: string): number =>
      Number(new RegExp(`^certlet_rotations_total\\{purpose="${purpose}"\\} (\\d+)`, 'm').exec(page)?.[1] ?? 0)
    return { client: counted.client + of('client'), serving: counted.serving + of('serving') }
  }

  const stop = async (): Promise<void> => {
    if (!daemon) return
    Object.assign(counted, await metrics())
    daemon.stop.abort(new CertletError('INTERRUPTED', 'Interrupted by SIGTERM'))
    const code = await daemon.ended
    daemon = undefined
    metricsPort = undefined
    if (code !== 0) throw new Error(`certlet run ended with ${code}\n${log.join('')}`)
  }

  return {
    ...{ clock, quiet, lab, dir, certDir, random, log, start, stop, signal: over.signal },
    rotations: metrics,
    hangUp: () => daemon?.hangUp(),
    setNodeClock: (offMs) => {
      nodeClock.offMs = offMs
    },
    giveToken: async () => {
      const token = randomToken()
      const expires = new Date(clock.now().getTime() + DAY_MS)
      const terms = { usages: ['authentication'], groups: [KUBEADM_GROUP], description: '', expires } as const
      await lab.admin('POST', `/api/v1/namespaces/${TOKEN_NAMESPACE}/secrets`, tokenSecret(token, terms))
      writeFileSync(bootstrapPath(dir), lab.bootstrapKubeconfig({ token: tokenText(token) }), { mode: 0o600 })
    },
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error('The life is over'))
      await stop()
      await lab.close()
      quiet[Symbol.dispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Where files cost no disk: what is looked at here is not the disk. */
function memoryFolder(): string {
  try {
    rmSync(mkdtempSync('/dev/shm/certlet-'), { recursive: true })
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}

const bootstrapPath = (dir: string): string => join(dir, 'etc/bootstrap.conf')

function flags(dir: string): string[] {
  return [
    ...['run', '--serving', '--hostname-override', 'n1', '--metrics-address', '127.0.0.1:0'],
    ...['--bootstrap-kubeconfig', bootstrapPath(dir), '--kubeconfig', join(dir, 'etc/kubelet.conf')],
    ...['--cert-dir', join(dir, 'pki')],
  ]
}

/** Park and Miller's generator. */
function seeded(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

function worldOf(given: {
  signal: AbortSignal
  random: () => number
  clock: World['clock']
  write: (line: string) => void
  onHangup: (listener: () => void) => void
}): World {
  const { signal, random, clock, write } = given
  const output: Output = { isTTY: false, isJournal: false, columns: undefined, terminal: undefined, write }
  return {
    ...{ stdout: output, stderr: output, signal, random, clock, env: {}, askSecret: undefined },
    readStdin: () => Promise.resolve(''),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    pid: process.pid,
    self: [process.execPath],
    usage: () => ({ cpuMs: 0, residentBytes: 0 }),
    monotonicUs: () => BigInt(clock.now().getTime()) * 1000n,
    onHangup: (listener) => {
      given.onHangup(listener)
      return {
        [Symbol.dispose]: () => {
          given.onHangup(() => undefined)
        },
      }
    },
    hostname: () => 'n1',
    machineId: () => 'a'.repeat(32),
    collectGarbage: () => Promise.resolve(),
    nodeVersion: process.version,
    network: () => ({ interfaces: {} }),
    processes: () => [],
  }
}

function fetchText(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      text(response).then(resolve, reject)
    }).on('error', reject)
  })
}
