import { live } from './life.ts'
import type { Mutation } from './mutations.ts'
import { loadVariant, type Variant } from './variant.ts'

/** How a mutation was found out; undefined: it was not. */
export interface Found {
  readonly mutation: Mutation
  readonly seeds: number
  readonly invariant: string | undefined
}

/** Lives stormy lives with a mutation, from seed 1 on, until one violates an invariant that violates none with the sources as they ship. */
export async function hunt(mutation: Mutation, { oracle, most }: { oracle: Variant; most: number }): Promise<Found> {
  const variant = await loadVariant(encodeURIComponent(mutation.name), mutation.changes)
  for (let seed = 1; seed <= most; seed++) {
    const life = { seed, oracle, leaps: true, stormy: true }
    const { violation } = await live({ ...life, variant })
    if (violation && !(await live({ ...life, variant: oracle })).violation)
      return { mutation, seeds: seed, invariant: violation.invariant }
  }
  return { mutation, seeds: most, invariant: undefined }
}
