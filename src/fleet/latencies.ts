import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, JsHistogram } from 'hdr-histogram-js'

/** Longest latency that is told apart, µs: a day. */
const LONGEST_US = 86_400_000_000

/** Latencies, as counts: kept in the same memory whatever their number, and joined with others without loss. */
export interface Latencies {
  readonly count: number
  record(ms: number): void
  /** Adds what the others hold. */
  add(others: Latencies): void
  /** The latency that a share of all do not exceed, ms; 0 of none. @param share - from 0 to 1 */
  at(share: number): number
  readonly meanMs: number
  readonly longestMs: number
  /** How many lie in each range: up to the first bound, above it and up to the second, and so on. @param bounds - ms, ascending */
  bins(bounds: readonly number[]): number[]
  /** HdrHistogram's own form, V2, compressed, in base64. */
  encoded(): string
}

/** None yet. @param digits - of a latency that are kept */
export function latencies(digits: 2 | 3 = 3): Latencies {
  const range = { lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_US }
  return wrapped(build({ ...range, numberOfSignificantValueDigits: digits, autoResize: false }))
}

/** @throws Error if the text does not hold any */
export function decodedLatencies(text: string): Latencies {
  return wrapped(decodeFromCompressedBase64(text))
}

/** What is inside, for `add`. */
const inside = new WeakMap<Latencies, JsHistogram>()

function wrapped(histogram: unknown): Latencies {
  if (!(histogram instanceof JsHistogram)) throw new Error('not a histogram in JavaScript')
  const made: Latencies = {
    get count() {
      return histogram.totalCount
    },
    record: (ms) => {
      histogram.recordValue(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1000))))
    },
    add: (others) => {
      const other = inside.get(others)
      if (other && other.totalCount > 0) histogram.add(other)
    },
    at: (share) => (histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(share * 100) / 1000),
    get meanMs() {
      return histogram.totalCount === 0 ? 0 : histogram.mean / 1000
    },
    get longestMs() {
      return histogram.totalCount === 0 ? 0 : histogram.maxValue / 1000
    },
    bins: (bounds) => {
      const counts = bounds.map(() => 0)
      const values = histogram.recordedValuesIterator
      values.resetIterator(histogram)
      for (let at = 0; values.hasNext();) {
        const { valueIteratedTo, countAddedInThisIterationStep: count } = values.next()
        const least = histogram.lowestEquivalentValue(valueIteratedTo)
        while (at < bounds.length - 1 && least > (bounds[at] ?? 0) * 1000) at++
        counts[at] = (counts[at] ?? 0) + count
      }
      return counts
    },
    encoded: () => encodeIntoCompressedBase64(histogram, 9),
  }
  inside.set(made, histogram)
  return made
}
