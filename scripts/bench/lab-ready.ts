import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Figure, median, type Section } from './figure.ts'
import { startLabProcess } from './lab-process.ts'

const ROUNDS = 11

export const labReady: Section = {
  name: 'lab.ready',
  about:
    'the whole process, bundled, from spawn to the first successful /readyz; beside it, in turn, a Node.js that does nothing',
  async measure({ rounds = ROUNDS, tiny }): Promise<Figure[]> {
    const times: number[] = []
    const cpu: number[] = []
    const bare: number[] = []
    for (let round = 0; round < (tiny ? 1 : rounds); round++) {
      bare.push(await bareMs())
      await using lab = await startLabProcess()
      times.push(lab.readyMs)
      cpu.push(lab.cpuMs() ?? NaN)
    }
    return [
      { name: 'lab.ready.minimum', value: Math.min(...times), unit: 'ms' },
      { name: 'lab.ready.median', value: median(times), unit: 'ms', budget: { most: 250 } },
      { name: 'lab.ready.cpu', value: median(cpu), unit: 'ms of processor, median' },
      { name: 'lab.ready.bare', value: median(bare), unit: 'ms, median of node -e 0, to its end' },
      {
        name: 'lab.ready.ratio',
        value: median(times.map((ms, round) => ms / (bare[round] ?? NaN))),
        unit: 'times node -e 0, median of pairs',
      },
    ]
  },
}

async function bareMs(): Promise<number> {
  const started = performance.now()
  await promisify(execFile)(process.execPath, ['-e', '0'])
  return performance.now() - started
}
