/** How nodes come: spread by chance, all at once, or as machines boot after a power cut. */
export const ARRIVALS = ['poisson', 'burst', 'power-cut'] as const
export type Arrival = (typeof ARRIVALS)[number]

/** What the moments follow from, all of it. */
export interface ArrivalPlan {
  readonly arrival: Arrival
  readonly nodes: number
  /** The time over which they come, ms. */
  readonly rampMs: number
  /** Draws numbers in [0, 1): the same seed gives the same moments, in every shard. */
  readonly random: () => number
}

/**
 * When each node means to start, ms from the start of the run, in the order of time. Latency counts from there, whatever keeps a node
 * from starting.
 */
export function arrivals({ arrival, nodes, rampMs, random }: ArrivalPlan): Float64Array {
  const draw = moments[arrival](rampMs, random)
  return Float64Array.from({ length: nodes }, draw).sort()
}

/** Spread of the boot times of like machines: two thirds of them within ×0.74 and ×1.35 of the middle one. An assumption, not a measurement. */
const BOOT_SPREAD = 0.3

const moments: Record<Arrival, (rampMs: number, random: () => number) => () => number> = {
  // A Poisson process of which is known how many come in a time: they are spread evenly by chance in it.
  poisson: (rampMs, random) => () => random() * rampMs,
  burst: () => () => 0,
  // Boot times are lognormal: none at first, most of them around a middle time, and stragglers.
  'power-cut': (rampMs, random) => () =>
    Math.min(rampMs, (rampMs / 2) * Math.exp(BOOT_SPREAD * normal(random(), random()))),
}

/** Source: Box and Muller, A note on the generation of random normal deviates (1958). */
function normal(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second)
}
