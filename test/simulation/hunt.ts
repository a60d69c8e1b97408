import { live } from './life.ts'
import type { Mutation } from './mutations.ts'
import { loadVariant, type Variant } from './variant.ts'

/** How a mutation was found out; undefined: it was not. */
export interface Found {
  readonly mutation: Mutation
  readonly seeds: number
  readonly invariant: string | undefined
}

/** Lives lives with a mutation, from seed 1 on, until an invariant is violated. */
export async function hunt(mutation: Mutation, { oracle, most }: { oracle: Variant; most: number }): Promise<Found> {
  const variant = await loadVariant(encodeURIComponent(mutation.name), mutation.changes)
  for (let seed = 1; seed <= most; seed++) {
    const { violation } = await live({ seed, variant, oracle, leaps: true })
    if (violation) return { mutation, seeds: seed, invariant: violation.invariant }
  }
  return { mutation, seeds: most, invariant: undefined }
}
