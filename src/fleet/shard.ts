/** The part of a fleet that one process plays. */
export interface Shard {
  /** From 0. */
  readonly index: number
  readonly of: number
}

export const WHOLE: Shard = { index: 0, of: 1 }

/** Reads `2/8`, the third of eight. @returns undefined if it is not one */
export function parseShard(text: string): Shard | undefined {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []
  const shard = { index: Number(index), of: Number(of) }
  return index !== undefined && shard.of > 0 && shard.index < shard.of ? shard : undefined
}

/** Whether a shard plays the node of that number: they take turns, so that each sees the whole shape of the arrivals. */
export function plays({ index, of }: Shard, node: number): boolean {
  return node % of === index
}
