/** How long programs take to join, side by side. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { asAfterBoot, certlets } from './certlets.ts'
import type { Budget, Extent, Figure } from './figure.ts'
import { type Joined, joinOnce, machineMs } from './join-once.ts'
import { bootstrap, peers, type Program, SERVING } from './program.ts'
import { figureOf, interleaved, ratioFigure, ROUNDS } from './rounds.ts'

/** Most that a program may take, as a ratio to the peer, by its name. */
export type Budgets = Readonly<Record<string, Budget>>

/** Most memory at any moment, MiB. */
const PEAK: Budget = { most: 60 }

/** What is waited for when the serving credential is asked for as well. */
const SERVER_PAIR = 'kubelet-server-current.pem'

interface Racer {
  readonly program: Program
  readonly files: readonly string[]
}

/** certlet in its forms, for the client credential and for both, and the peer. */
async function racers(tiny?: boolean): Promise<Racer[]> {
  const forms = Object.entries(await certlets(tiny))
  return [
    ...forms.map(([name, command]) => ({ program: bootstrap(name, command), files: [] })),
    ...forms.map(([name, command]) => ({
      program: bootstrap(`${name}.serving`, command, ...SERVING),
      files: [SERVER_PAIR],
    })),
    ...peers().map((program) => ({ program, files: [] })),
  ]
}

/** @param kubeconfig - the bootstrap kubeconfig of a lab that approves serving requests as well. */
export async function race(
  section: string,
  kubeconfig: string,
  { rounds = ROUNDS, tiny, budgets }: Extent & { budgets: Budgets },
): Promise<Figure[]> {
  const all = await racers(tiny)
  asAfterBoot(all.map(({ program }) => program))
  const joins = all.map(({ program, files }) => [program.name, () => joinOnce(program, kubeconfig, files)] as const)
  const results = await interleaved<Joined>(tiny ? 1 : rounds, { ...Object.fromEntries(joins), bare })
  const walls = (name: string): number[] => (results[name] ?? []).map(({ wallMs }) => wallMs)
  const figures = all.flatMap(({ program: { name, ends } }): Figure[] => {
    const memory = (results[name] ?? []).flatMap((joined) => joined.memory ?? [])
    const of = (what: string): string => `${section}.${name}.${what}`
    return [
      figureOf(of('wall'), walls(name), 'ms from start to credential'),
      ratioFigure(of('bare'), walls(name), { of: walls('bare'), unit: 'times node -e 0' }),
      ...(results.peer !== undefined && ends
        ? [ratioFigure(of('peer'), walls(name), { of: walls('peer'), unit: 'times the peer', budget: budgets[name] })]
        : []),
      figureOf(
        of('peak'),
        memory.map(({ peak }) => peak),
        'MiB of memory at most',
        ends ? PEAK : undefined,
      ),
      figureOf(
        of('private'),
        memory.map((one) => one.private),
        'MiB of it private',
      ),
    ]
  })
  return [...figures, figureOf(`${section}.bare.wall`, walls('bare'), 'ms, node -e 0 from start to end')]
}

/** A Node.js that does nothing, to its end. */
async function bare(): Promise<Joined> {
  const startedAt = machineMs()
  await promisify(execFile)(process.execPath, ['-e', '0'], { env: { PATH: process.env.PATH } })
  const wallMs = machineMs() - startedAt
  return { ms: {}, wallMs, startedAt, memory: undefined }
}
