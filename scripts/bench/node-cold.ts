import { readFileSync } from 'node:fs'
import type { Section } from './figure.ts'
import { startLabProcess } from './lab-process.ts'
import { race } from './node-race.ts'

export const nodeCold: Section = {
  name: 'node.cold',
  about: 'certlet bootstrap as a whole process, from its start until the kubeconfig is renamed into place',
  async measure(extent) {
    await using lab = await startLabProcess('--approve-serving')
    const budgets = { binary: { most: 1.1 }, dist: { most: 1.3 } }
    return await race('node.cold', readFileSync(lab.bootstrapPath, 'utf8'), { ...extent, budgets })
  },
}
