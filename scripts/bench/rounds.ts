/** Things to measure side by side: a machine that is slower for a while is so for all of them. */
import { type Budget, type Figure, median, middleHalf } from './figure.ts'

/** As many rounds as a budget is judged by. */
export const ROUNDS = 25

/**
 * Runs all of them in each round, in an order drawn anew, after a round that does not count.
 * @returns what came of each, in the order of the rounds.
 */
export async function interleaved<T>(
  rounds: number,
  runs: Readonly<Record<string, () => Promise<T>>>,
  random: () => number = Math.random,
): Promise<Record<string, T[]>> {
  const results = Object.fromEntries(Object.keys(runs).map((name) => [name, [] as T[]]))
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    for (const [name, run] of shuffled(Object.entries(runs), random)) {
      const result = await run()
      if (round >= 0) results[name]?.push(result)
    }
  }
  return results
}

/** A figure of many values: their median. */
export function figureOf(name: string, values: readonly number[], unit: string, budget?: Budget): Figure {
  return { name, value: median(values), unit, half: middleHalf(values), ...(budget && { budget }) }
}

/** The median of the ratios of rounds. @param of - values in the same order of rounds */
export function ratioFigure(
  name: string,
  values: readonly number[],
  { of, unit, budget }: { of: readonly number[]; unit: string; budget?: Budget | undefined },
): Figure {
  return figureOf(
    name,
    values.map((value, round) => value / (of[round] ?? NaN)),
    unit,
    budget,
  )
}

function shuffled<T>(things: readonly T[], random: () => number): T[] {
  const rest = [...things]
  return things.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1))
}
