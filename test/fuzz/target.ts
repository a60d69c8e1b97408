import fc from 'fast-check'
import { CertletError } from '../../src/errors.ts'

/** Something that takes what others made: what it is given, and how it is held to its promises. */
export interface Target {
  readonly name: string
  /** Runs the property on fresh inputs. @returns how it went. @throws what went wrong, with the seed and the smallest input that fails. */
  run(parameters: { seed: number; numRuns: number; withinMs: number }): Promise<Tally>
}

/** How a round of inputs went. */
export interface Tally {
  readonly runs: number
  /** How many were refused with a named error; the others were taken. */
  readonly refused: number
  /** Longest that one input took, ms. */
  readonly slowestMs: number
}

/** Longest that any one input may take, ms: a hundred times what the slowest takes on an idle machine. */
const LONGEST_MS = 10_000

/**
 * A target of the property that every one of these has: whatever it is given, it ends, by itself and soon, with a result or with an
 * error that certlet names. A defect (INTERNAL), any other error, a rejection that nobody waits for or a hang fails it.
 * @param handle - takes one input; what it asserts of the result holds for every input.
 */
export function target<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  handle: (input: Input) => void | Promise<void>,
): Target {
  return {
    name,
    run: async ({ seed, numRuns, withinMs }) => {
      const tally = { runs: 0, refused: 0, slowestMs: 0 }
      const property = fc.asyncProperty(inputs, async (input) => {
        const began = performance.now()
        try {
          await handle(input)
        } catch (error) {
          if (!(error instanceof CertletError) || error.code === 'INTERNAL') throw error
          tally.refused += 1
        }
        const tookMs = performance.now() - began
        tally.runs += 1
        tally.slowestMs = Math.max(tally.slowestMs, tookMs)
        if (tookMs > LONGEST_MS) throw new Error(`it took ${tookMs.toFixed(0)} ms`)
      })
      await fc.assert(property, {
        ...{ seed, numRuns, interruptAfterTimeLimit: withinMs, markInterruptAsFailure: false },
        reporter: throwBriefly,
      })
      return tally
    },
  }
}

/** Most of an input that is told, characters: the seed makes it again. */
const LONGEST_TOLD = 2000

function throwBriefly<Input>(details: fc.RunDetails<[Input]>): void {
  if (!details.failed) return
  const { seed, counterexamplePath, counterexample, errorInstance } = details
  const input = fc.stringify(counterexample).slice(0, LONGEST_TOLD)
  throw new Error(`seed ${seed}, path "${counterexamplePath ?? ''}": ${String(errorInstance)}\ninput: ${input}`, {
    cause: errorInstance,
  })
}
