import { live } from './life.ts'
import type { Mutation } from './mutations.ts'
import { loadVariant, type Variant } from './variant.ts'

/** How a mutation was found out; undefined: it was not. */
export interface Found {
  readonly mutation: Mutation
  readonly seeds: number
  readonly invariant: string | undefined
}

/**
 * Lives a stormy and an aimed life with a mutation, of seed after seed, until one violates an invariant that it does not violate with the
 * sources as they ship.
 */
export async function hunt(mutation: Mutation, { oracle, most }: { oracle: Variant; most: number }): Promise<Found> {
  const variant = await loadVariant(encodeURIComponent(mutation.name), mutation.changes)
  for (let seed = 1; seed <= most; seed++) {
    for (const kind of [{ aimed: true }, { stormy: true }]) {
      const life = { seed, oracle, leaps: true, ...kind }
      const { violation } = await live({ ...life, variant })
      if (violation && !(await live({ ...life, variant: oracle })).violation)
        return { mutation, seeds: seed, invariant: violation.invariant }
    }
  }
  return { mutation, seeds: most, invariant: undefined }
}
