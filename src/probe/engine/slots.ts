/** How many do something at once. */
export interface Slots {
  within<T>(work: () => Promise<T>): Promise<T>
}

/** At most so many at once, in the order in which they came. */
export function createSlots(number: number): Slots {
  let free = number
  const queue: (() => void)[] = []
  return {
    within: async (work) => {
      if (free > 0) free--
      else await new Promise<void>((resolve) => queue.push(resolve))
      try {
        return await work()
      } finally {
        const next = queue.shift()
        if (next) next()
        else free++
      }
    },
  }
}
