import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { Figure, Section } from './figure.ts'
import { joinInProcess, requestsOf } from './lab-joins.ts'
import { figureOf, interleaved } from './rounds.ts'

const NODES = 1000
const ROUNDS = 5

export const labNodes: Section = {
  name: 'lab.nodes',
  about: `${NODES} nodes created, approved, signed and delivered by one watch, ECDSA keys, the lab in a process of its own`,
  async measure({ rounds = ROUNDS, tiny }): Promise<Figure[]> {
    const nodes = tiny ? 20 : NODES
    const bodies = await requestsOf(2 * nodes)
    const { joined = [] } = await interleaved(tiny ? 1 : rounds, { joined: () => joinInProcess(bodies) })
    const rates = joined.map(({ seconds }) => nodes / seconds)
    const cpu = joined.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs / nodes]))
    const rate = figureOf('lab.nodes.rate', rates, 'nodes/s')
    if (cpu.length < joined.length) return [rate]
    return [
      rate,
      figureOf('lab.nodes.cpu', cpu, 'ms of the lab’s processor a node'),
      { name: 'lab.nodes.openssl', value: opensslMs(), unit: 'ms of that which no lab can do without' },
      figureOf(
        'lab.nodes.core',
        cpu.map((ms) => 1000 / ms),
        'nodes/s of one core',
        { least: 1000 },
      ),
    ]
  },
}

/** What OpenSSL takes for one node: its key imported, its signature verified, its certificate signed; processor time. */
function opensslMs(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const text = Buffer.alloc(400)
  const signature = sign('sha256', text, privateKey)
  const before = process.cpuUsage()
  for (let i = 0; i < NODES; i++) {
    verify('sha256', text, createPublicKey({ key: spki, type: 'spki', format: 'der' }), signature)
    sign('sha256', text, privateKey)
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / NODES
}
