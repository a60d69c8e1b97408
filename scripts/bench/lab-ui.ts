import type { Figure, Section } from './figure.ts'
import { joinInProcess, requestsOf } from './lab-joins.ts'
import { interleaved, ratioFigure } from './rounds.ts'

const NODES = 1000
const ROUNDS = 7

export const labUi: Section = {
  name: 'lab.ui',
  about: `what ${NODES} nodes cost a lab whose page (--ui) nobody looks at, to what they cost one without; in turn`,
  async measure({ rounds = ROUNDS, tiny }): Promise<Figure[]> {
    const bodies = await requestsOf(2 * (tiny ? 20 : NODES))
    const { page = [], plain = [] } = await interleaved(tiny ? 1 : rounds, {
      plain: () => joinInProcess(bodies),
      page: () => joinInProcess(bodies, '--ui'),
    })
    const [withPage, without] = [page, plain].map((runs) => runs.map(({ cpuMs = NaN }) => cpuMs))
    return [
      ratioFigure('lab.ui.ratio', withPage ?? [], {
        of: without ?? [],
        unit: 'times the processor time',
        budget: { most: 1.05 },
      }),
    ]
  },
}
