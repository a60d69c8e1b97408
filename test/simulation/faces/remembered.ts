/**
 * A pure function, remembered: the same few keys, certificates and kubeconfigs are read at every turn of every node. It is put around
 * functions of certlet's while they are loaded; what they do is theirs.
 * @param keyOf - what the result follows from.
 */
export function remembered<Args extends unknown[], T>(
  pure: (...args: Args) => T,
  keyOf: (...args: Args) => string,
): (...args: Args) => T {
  const known = new Map<string, { readonly value: T }>()
  return (...args) => {
    const key = keyOf(...args)
    const found = known.get(key)
    if (found) return found.value
    const value = pure(...args)
    if (known.size >= MOST) known.clear()
    known.set(key, { value })
    return value
  }
}

const MOST = 50_000
