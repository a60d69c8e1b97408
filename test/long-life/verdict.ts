import type { LifeReport } from './live.ts'

/** How much more heap than after the first day is a leak. */
const HEAP_SHARE = 0.1

/** A rotation on a quiet day is seen within the minute in which it is due, and the next look of whoever watches. */
const LATEST_MS = 3 * 60_000

/** The fewest rotations of each credential in a day: certificates of an hour are replaced after 40 to 54 minutes. */
const FEWEST_A_DAY = 24

/** What a life should not have been; empty when all is well. */
export function faultsOf(life: LifeReport): string[] {
  const { days, first, last, rotations, requests, incidents } = life
  const found: [boolean, string][] = [
    [
      last.heapBytes > first.heapBytes * (1 + HEAP_SHARE),
      `the heap has grown from ${first.heapBytes} to ${last.heapBytes}`,
    ],
    [
      (last.descriptors ?? 0) > (first.descriptors ?? 0) + 4,
      `open files: ${first.descriptors ?? 0}, then ${last.descriptors ?? 0}`,
    ],
    [last.sockets > first.sockets + 4, `sockets: ${first.sockets}, then ${last.sockets}`],
    [
      count(last.resources) > count(first.resources) + 6,
      `resources: ${count(first.resources)}, then ${count(last.resources)}`,
    ],
    [life.filesLeftOver.length > 0, `files left over: ${life.filesLeftOver.join(', ')}`],
    [life.warnings.length > 0, `warnings: ${life.warnings.join('; ')}`],
    [life.mostAlive > 1, `${life.mostAlive} requests of one credential were alive at once`],
    [life.latest.quiet > LATEST_MS, `a rotation on a quiet day was ${life.latest.quiet / 1000} s late`],
    [rotations.client < FEWEST_A_DAY * days, `only ${rotations.client} rotations of the client credential`],
    [rotations.serving < FEWEST_A_DAY * days, `only ${rotations.serving} rotations of the serving credential`],
    [
      requests.created > rotations.client + rotations.serving + requests.denied + requests.lost + incidents,
      `${requests.created} requests were created for ${rotations.client + rotations.serving} credentials`,
    ],
  ]
  return [...found.flatMap(([wrong, what]) => (wrong ? [what] : [])), ...life.faults]
}

/** Timers come and go by themselves: keep-alive, time limits. */
function count(resources: Readonly<Record<string, number>>): number {
  return Object.entries(resources).reduce((sum, [name, n]) => (name === 'Timeout' ? sum : sum + n), 0)
}

/** The figures as a table. */
export function describeLife(life: LifeReport): string {
  const { first, last, rotations, requests, latest } = life
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const rows: [string, string][] = [
    ['simulated days', `${life.days} (seed ${life.seed})`],
    ['rotations', `${rotations.client} client, ${rotations.serving} serving`],
    ['incidents', `${life.incidents}, of which ${life.grave} may cost the credential`],
    [
      'requests',
      `${requests.created} created, ${requests.issued} issued, ${requests.denied} denied, ${requests.lost} lost`,
    ],
    ['most alive at once', `${life.mostAlive} of a credential`],
    ['latest rotation', `${latest.quiet / 1000} s after its moment; with an incident ${latest.troubled / 1000} s`],
    ['minutes expired', `${life.expiredMinutes}, all in grave incidents`],
    ['heap', `${megabytes(first.heapBytes)} after day 1, ${megabytes(last.heapBytes)} at the end`],
    ['open files', `${first.descriptors ?? '?'}, then ${last.descriptors ?? '?'}`],
    ['sockets', `${first.sockets}, then ${last.sockets}`],
    ['files left over', `${life.filesLeftOver.length}`],
    ['took', `${life.wallSeconds.toFixed(0)} s, ${life.cpuSeconds.toFixed(0)} s of CPU (${life.cpus} cores)`],
  ]
  return rows.map(([name, value]) => `${name.padEnd(20)}${value}\n`).join('')
}
