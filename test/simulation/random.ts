/** Chance from a seed: the same seed, the same numbers. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** Whole, from `least` to `most`, both included. */
  whole(least: number, most: number): number
  /** From `least` to `most`, each order of magnitude as likely as another. */
  spread(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** Chance of its own for somebody, so that what others draw does not change what he draws. */
  fork(name: string): Random
}

/** Source of the generator: sfc32 of PractRand, public domain. */
export function randomFrom(seed: string): Random {
  let [a, b, c, d] = [hash(`${seed}a`), hash(`${seed}b`), hash(`${seed}c`), 1]
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 12; i++) next()
  const random: Random = {
    next,
    whole: (least, most) => least + Math.floor(next() * (most - least + 1)),
    spread: (least, most) => least * (most / least) ** next(),
    chance: (probability) => next() < probability,
    pick: (from) => {
      const one = from[Math.floor(next() * from.length)]
      if (one === undefined) throw new RangeError('nothing to pick from')
      return one
    },
    fork: (name) => randomFrom(`${seed}/${name}`),
  }
  return random
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value
}
