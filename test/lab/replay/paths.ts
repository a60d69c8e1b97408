/** Paths into JSON as the recordings write them: `$.metadata.name`, `$.items[0]`, `$.data['ca.crt']`. */

type Key = string | number

function keysOf(path: string): Key[] {
  const keys: Key[] = []
  for (const [, name, index, quoted] of path.matchAll(/\.([A-Za-z0-9_:-]+)|\[(\d+)\]|\['([^']+)'\]/g)) {
    keys.push(index === undefined ? (name ?? quoted ?? '') : Number(index))
  }
  return keys
}

function child(value: unknown, key: Key): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<Key, unknown>)[key]
}

/** The value at a path, undefined if there is none. */
export function valueAt(value: unknown, path: string): unknown {
  return keysOf(path).reduce(child, value)
}

/** Replaces the value at a path; nothing happens where there is none. @returns the whole. */
export function replaceAt(value: unknown, path: string, by: (old: unknown) => unknown): unknown {
  const replace = (at: unknown, [key, ...rest]: readonly Key[]): unknown => {
    if (key === undefined) return by(at)
    const old = child(at, key)
    if (old === undefined) return at
    const next = replace(old, rest)
    return Array.isArray(at) ? at.with(Number(key), next) : { ...(at as object), [key]: next }
  }
  return replace(value, keysOf(path))
}
