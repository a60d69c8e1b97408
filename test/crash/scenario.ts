import { existsSync, readlinkSync } from 'node:fs'
import { askReport } from '../../src/control/control-client.ts'
import type { Purpose } from '../../src/csr/constants.ts'
import { until } from '../support/command.ts'
import type { NodePlace } from './node-place.ts'

/** A life of the command that is interrupted at each of its calls. */
export interface Scenario {
  readonly name: string
  /** Of the credential that it comes by. */
  readonly purpose: Purpose
  /** Makes the node's folder as it is at the beginning. */
  prepare(place: NodePlace): Promise<void>
  args(place: NodePlace): string[]
  /** Whether the command goes on until it is told to end. */
  readonly daemon: boolean
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'bootstrap',
    purpose: 'client',
    prepare: (place) => {
      place.giveToken()
      return Promise.resolve()
    },
    args: bootstrap,
    daemon: false,
  },
  {
    name: 'bootstrap, expired pair',
    purpose: 'client',
    prepare: async (place) => {
      await place.join({ fault: 'expired' })
      place.giveToken()
    },
    args: bootstrap,
    daemon: false,
  },
  {
    name: 'rotation',
    purpose: 'client',
    prepare: (place) => place.join({ notBeforeOffset: '-10h', duration: '30m' }), // nine tenths of its life are over
    args: ({ files }) => ['run', ...files],
    daemon: true,
  },
  {
    name: 'serving',
    purpose: 'serving',
    prepare: (place) => place.join(),
    args: (place) => [...bootstrap(place), '--serving', '--san', '192.0.2.1', '--serving-timeout', '30s'],
    daemon: false,
  },
]

function bootstrap({ files }: NodePlace): string[] {
  return ['bootstrap', ...files, '--timeout', '30s']
}

export const CURRENT = { client: 'pki/kubelet-client-current.pem', serving: 'pki/kubelet-server-current.pem' } as const
export const PENDING = { client: 'pki/kubelet-client.key.tmp', serving: 'pki/kubelet-server.key.tmp' } as const

/** How long a rotation may take that something has gone wrong in, ms. */
const PATIENCE_MS = 40_000

/**
 * Waits for the end of a rotation by looking at the files alone, since a question would be a system call of the daemon's.
 * @returns whether it came, or the daemon ended before.
 */
export async function rotated(place: NodePlace, before: string, ended: () => boolean): Promise<boolean> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    if (ended() || (linkAt(place) !== before && !existsSync(place.path(PENDING.client)))) return true
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}

function linkAt(place: NodePlace): string | undefined {
  try {
    return readlinkSync(place.path(CURRENT.client))
  } catch {
    return undefined
  }
}

/** Starts the command again, without faults and in this process. @returns its exit code and all that it printed. */
export async function startAgain(scenario: Scenario, place: NodePlace): Promise<{ code: number; text: string }> {
  const running = place.command(scenario.args(place))
  if (!scenario.daemon) return running.done
  let over = false
  const done = running.done.finally(() => {
    over = true
  })
  const settled = async (): Promise<boolean> => {
    const client = (await askReport(place.path('pki'), AbortSignal.timeout(5_000)))?.client
    const due = client?.certificate && client.certificate.rotateAt <= new Date()
    return client !== undefined && client.ready && !due && !client.waiting && !client.request
  }
  await until(async () => over || (await settled()), 'a daemon with nothing left to do')
  running.stop()
  return done
}
