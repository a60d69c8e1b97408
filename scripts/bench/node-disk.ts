import { asAfterBoot, certlets } from './certlets.ts'
import type { Figure, Section } from './figure.ts'
import { joinOnce } from './join-once.ts'
import { bootstrap, peers, type Program } from './program.ts'
import { figureOf, interleaved, ROUNDS } from './rounds.ts'
import { startWatchedLab, type WatchedLab } from './watched-lab.ts'

const PAIR = 'kubelet-client-current.pem'
const KUBECONFIG = 'kubelet.conf'

export const nodeDisk: Section = {
  name: 'node.disk',
  about: 'from status.certificate in the API server until the pair and the kubeconfig are on disk',
  async measure({ rounds = ROUNDS, tiny }) {
    const forms = Object.entries(await certlets(tiny)).map(([name, command]) => bootstrap(name, command))
    const programs = [...forms, ...peers()]
    asAfterBoot(programs)
    await using lab = await startWatchedLab()
    const runs = programs.map((program) => [program.name, () => sinceIssued(program, lab)] as const)
    const results = await interleaved(tiny ? 1 : rounds, Object.fromEntries(runs))
    return Object.entries(results).flatMap(([name, times]): Figure[] => [
      figureOf(
        `node.disk.${name}.pair`,
        times.map(({ pair }) => pair),
        'ms from issuance to the pair',
      ),
      figureOf(
        `node.disk.${name}.kubeconfig`,
        times.map(({ kubeconfig }) => kubeconfig),
        'ms from issuance to the kubeconfig',
      ),
    ])
  },
}

async function sinceIssued(program: Program, lab: WatchedLab): Promise<{ pair: number; kubeconfig: number }> {
  const issued = lab.nextIssued()
  const { startedAt, ms } = await joinOnce(program, lab.bootstrapKubeconfig, [PAIR])
  const since = startedAt - (await issued)
  return { pair: since + (ms[PAIR] ?? NaN), kubeconfig: since + (ms[KUBECONFIG] ?? NaN) }
}
