/**
 * The same function, with its latest results at hand: those of what is asked for several times within a few milliseconds.
 * @param make - pure.
 * @param most - how many results are kept, at least half of that: the older half goes at once, since a map from which the oldest is
 * taken out one by one has to step over all that were taken out before.
 */
export function remember<Key, Value extends string | object>(
  make: (key: Key) => Value,
  most: number,
): (key: Key) => Value {
  let latest = new Map<Key, Value>()
  let older = new Map<Key, Value>()
  return (key) => {
    const found = latest.get(key)
    if (found !== undefined) return found
    const value = older.get(key) ?? make(key)
    if (latest.size >= most / 2) {
      older = latest
      latest = new Map()
    }
    latest.set(key, value)
    return value
  }
}
