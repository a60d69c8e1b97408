import { availableParallelism } from 'node:os'
import { type Holdings, holdings } from './figures.ts'
import { createIncidents } from './incidents.ts'
import { beginLife, DAY_MS } from './life.ts'
import { createWitness, filesLeftOver, type Witness } from './witness.ts'

/** All that is known of a life at its end. */
export interface LifeReport extends Pick<Witness, 'requests' | 'mostAlive' | 'latest' | 'expiredMinutes' | 'faults'> {
  readonly days: number
  readonly seed: number
  readonly rotations: Record<'client' | 'serving', number>
  readonly incidents: number
  readonly grave: number
  readonly first: Holdings
  readonly last: Holdings
  readonly filesLeftOver: readonly string[]
  readonly warnings: readonly string[]
  readonly impatient: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly cpus: number
}

/**
 * Lives for so many days, of which the first is what the last is compared with.
 * @param progress - told after each day. Once it returns false the life is over.
 */
export async function live(
  { days, seed }: { days: number; seed: number },
  progress: (day: number) => boolean = () => true,
): Promise<LifeReport> {
  const begun = performance.now()
  const warnings: string[] = []
  const onWarning = ({ name, message }: Error): void => {
    if (name !== 'ExperimentalWarning') warnings.push(`${name}: ${message}`)
  }
  process.on('warning', onWarning)
  await using life = await beginLife(seed)
  const incidents = createIncidents(life)
  const witness = createWitness(life, incidents)
  await life.giveToken()
  life.start()
  const others = Promise.race([incidents.happen(), witness.look()])
  const day = (): Promise<unknown> => Promise.race([life.clock.pass(DAY_MS), others])
  await day()
  const first = await holdings(life)
  let lived = 1
  while (progress(lived) && lived < days) {
    await day()
    lived++
  }
  // An incident may be under way.
  for (let minute = 0; minute < 60 && incidents.recent(); minute++) await life.clock.pass(5 * 60_000)
  const last = await holdings(life)
  const left = filesLeftOver(life)
  process.off('warning', onWarning)
  const { user, system } = process.cpuUsage()
  const { requests, mostAlive, latest, expiredMinutes, faults } = witness
  return {
    ...{ days: lived, seed, first, last, warnings, requests, mostAlive, latest, expiredMinutes, faults },
    rotations: await life.rotations(),
    incidents: incidents.count,
    grave: incidents.grave,
    filesLeftOver: left,
    impatient: life.quiet.impatient,
    wallSeconds: (performance.now() - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    cpus: availableParallelism(),
  }
}
