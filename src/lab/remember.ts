/**
 * The same function, with its latest results at hand: those of what is asked for several times within a few milliseconds.
 * @param make - pure.
 * @param most - how many results are kept; the oldest goes first.
 */
export function remember<Key, Value extends string | object>(
  make: (key: Key) => Value,
  most: number,
): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(key)
    if (known.size >= most) {
      for (const oldest of known.keys()) {
        known.delete(oldest)
        break
      }
    }
    known.set(key, made)
    return made
  }
}
