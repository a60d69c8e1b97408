import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { busiestLoop, clientMsEach, rateOf } from '../../src/fleet/figures.ts'
import { readRunRecord } from '../../src/fleet/run-record.ts'
import type { Figure, Section } from './figure.ts'

const CLI = fileURLToPath(new URL('../../bin/certlet.js', import.meta.url))
const REST = fileURLToPath(new URL('./fleet-rest-process.ts', import.meta.url))

/** Enough that starting and warming up are a small part of it. */
const NODES = 3000

/** What `certlet fleet` reaches against a lab, whose control plane is not throttled and has a process of its own. */
function play(connections: 'own' | 'shared', budgets: { rate: number; cpuMs?: number }): Section {
  const name = `fleet.${connections}`
  return {
    name,
    about: `${NODES} nodes at once, 200 under way, ${connections === 'own' ? 'a TLS connection and a watch each' : 'one HTTP/2 connection and one watch'}; the lab in a process of its own`,
    async measure({ tiny }): Promise<Figure[]> {
      const nodes = tiny ? 20 : NODES
      const args = [CLI, 'fleet', '--nodes', String(nodes), '--arrival', 'burst', '--connections', connections]
      const { stdout } = await promisify(execFile)(process.execPath, [...args, '-o', 'json'])
      const run = readRunRecord(stdout, name)
      return [
        { name: `${name}.rate`, value: rateOf(run), unit: 'nodes/s', budget: { least: budgets.rate } },
        {
          name: `${name}.cpu`,
          value: clientMsEach(run),
          unit: 'ms of the client’s processor a node',
          ...(budgets.cpuMs !== undefined && { budget: { most: budgets.cpuMs } }),
        },
        { name: `${name}.loop`, value: busiestLoop(run) * 100, unit: '% of the time the client’s event loop is busy' },
        { name: `${name}.lab`, value: (run.labCpuMs ?? NaN) / nodes, unit: 'ms of the lab’s processor a node' },
      ]
    },
  }
}

export const fleetOwn = play('own', { rate: 140 })
export const fleetShared = play('shared', { rate: 220, cpuMs: 1.5 })

export const fleetRest: Section = {
  name: 'fleet.rest',
  about: 'memory of each node that has joined and rests until it renews',
  async measure({ tiny }): Promise<Figure[]> {
    const args = ['--expose-gc', REST, ...(tiny ? ['20'] : [])]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { bytesPerNode } = JSON.parse(stdout) as { bytesPerNode: number }
    return [{ name: 'fleet.rest.node', value: bytesPerNode / 1024, unit: 'KiB', budget: { most: 12 } }]
  },
}
