import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Figure, Section } from './figure.ts'

export const labCrowd: Section = {
  name: 'lab.crowd',
  about: 'memory of each object, and what 10,000 objects and 1,000 open watches cost a single create; in process',
  async measure({ tiny }): Promise<Figure[]> {
    const script = fileURLToPath(new URL('./lab-crowd-process.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, tiny ? '0.01' : '1'])
    const { bytesPerObject, emptyMs, crowdedMs } = JSON.parse(stdout) as Record<string, number>
    return [
      { name: 'lab.crowd.object', value: (bytesPerObject ?? NaN) / 1024, unit: 'KiB of heap', budget: { most: 8 } },
      { name: 'lab.crowd.create.empty', value: emptyMs ?? NaN, unit: 'ms, median' },
      { name: 'lab.crowd.create.crowded', value: crowdedMs ?? NaN, unit: 'ms, median' },
      {
        name: 'lab.crowd.create.ratio',
        value: (crowdedMs ?? NaN) / (emptyMs ?? NaN),
        unit: 'times as long',
        budget: { most: 2 },
      },
    ]
  },
}
