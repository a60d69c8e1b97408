/** Reads two files without pause, as kubelets and their like might, and remembers each change of what it finds. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A look finds a file (a digest of it), nothing, or cannot read. */
export interface Sightings {
  readonly looks: number
  /** By path: what was seen, each change once, in order. */
  readonly seen: Readonly<Record<string, readonly string[]>>
}

export const ABSENT = 'absent'

export const digest = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('base64url')

function look(path: string): string {
  try {
    return digest(readFileSync(path))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    return code === 'ENOENT' ? ABSENT : code
  }
}

/** Between two looks, ms: each takes a twentieth of that. */
const PAUSE_MS = 0.3

if (import.meta.main) {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  let paths: readonly string[] = []
  let looks = 0
  let seen: Record<string, string[]> = {}
  const turn = (): void => {
    if (paths.length === 0) return
    looks++
    for (const path of paths) {
      const found = look(path)
      const list = (seen[path] ??= [])
      if (list.at(-1) !== found) list.push(found)
    }
    Atomics.wait(pause, 0, 0, PAUSE_MS)
    setImmediate(turn)
  }
  process.on('message', (wanted: readonly string[]) => {
    if (wanted.length === 0) process.send?.({ looks, seen } satisfies Sightings)
    else process.send?.('reading')
    const idle = paths.length === 0
    paths = wanted
    looks = 0
    seen = {}
    if (idle) turn()
  })
  process.once('disconnect', () => process.exit())
}
