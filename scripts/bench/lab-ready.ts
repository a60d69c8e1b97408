import { type Figure, median, type Section } from './figure.ts'
import { startLabProcess } from './lab-process.ts'

const ROUNDS = 11

export const labReady: Section = {
  name: 'lab.ready',
  about: 'the whole process, bundled, from spawn to the first successful /readyz',
  async measure(): Promise<Figure[]> {
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await using lab = await startLabProcess()
      times.push(lab.readyMs)
    }
    return [
      { name: 'lab.ready.minimum', value: Math.min(...times), unit: 'ms' },
      { name: 'lab.ready.median', value: median(times), unit: 'ms', budget: { most: 250 } },
    ]
  },
}
