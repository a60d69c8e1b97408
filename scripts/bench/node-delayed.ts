import { readFileSync } from 'node:fs'
import { startDelay } from './delay.ts'
import type { Section } from './figure.ts'
import { startLabProcess } from './lab-process.ts'
import { race } from './node-race.ts'

const ROUND_TRIP_MS = 60

export const nodeDelayed: Section = {
  name: 'node.delayed',
  about: `the same with an API server that is ${ROUND_TRIP_MS} ms away, there and back`,
  async measure(extent) {
    await using lab = await startLabProcess('--approve-serving')
    await using delay = await startDelay(lab.port, extent.tiny ? ROUND_TRIP_MS / 10 : ROUND_TRIP_MS)
    const kubeconfig = readFileSync(lab.bootstrapPath, 'utf8').replaceAll(`:${lab.port}`, `:${delay.port}`)
    return await race('node.delayed', kubeconfig, { ...extent, budgets: { binary: { most: 0.65 } } })
  },
}
