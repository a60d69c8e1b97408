import { statSync } from 'node:fs'

/**
 * What tells whether any of these files has been changed or replaced since, without reading them. Links are followed; a file that cannot
 * be looked at counts as absent.
 */
export function stampOf(paths: readonly string[]): string {
  return paths.map(stamp).join(' ')
}

function stamp(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found ? `${found.ino}:${found.mtimeMs}:${found.size}` : '-'
  } catch {
    return '-'
  }
}
