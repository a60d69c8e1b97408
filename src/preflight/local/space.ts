import { existsSync, statfsSync, statSync } from 'node:fs'
import { fail, type Finding, ok, warn, worstOf } from '../finding.ts'
import { nearestAbove } from './folders.ts'

/** What is free where a path is, or will be. */
export interface FreeSpace {
  readonly path: string
  /** Number of the file system. */
  readonly device: number
  readonly bytes: number
  /** Undefined on file systems that do not count them. */
  readonly inodes: number | undefined
}

/** A pair, a key, a kubeconfig and their drafts take some 50 KiB; what is nearly full is full tomorrow. */
const NEEDED_BYTES = 128 * 1024
const WANTED_BYTES = 16 * 1024 * 1024
const NEEDED_INODES = 16

/** Looks what is free for those who are not root, and inodes. @throws Error of the system */
export function freeSpace(path: string): FreeSpace {
  const there = existsSync(path) ? path : nearestAbove(path)
  const { bavail, bsize, files, ffree } = statfsSync(there)
  return { path, device: statSync(there).dev, bytes: bavail * bsize, inodes: files === 0 ? undefined : ffree }
}

/** Whether there is room for keys and certificates. Pure. */
export function spaceFinding(spaces: readonly FreeSpace[]): Finding {
  const each = spaces.filter(({ device }, index) => spaces.findIndex((other) => other.device === device) === index)
  const findings = each.map(({ path, bytes, inodes }): Finding => {
    const free = `${sizeOf(bytes)} free at "${path}"`
    if (bytes < NEEDED_BYTES) return fail('space', 'DISK_FULL', free)
    if (inodes !== undefined && inodes < NEEDED_INODES) {
      return fail('space', 'DISK_FULL', `no more than ${inodes} files can be made at "${path}" (inodes)`)
    }
    return bytes < WANTED_BYTES ? warn('space', free, 'make room on that file system') : ok('space', free)
  })
  const worst = worstOf(findings)
  return worst && worst.verdict !== 'ok' ? worst : ok('space', findings.map(({ seen }) => seen).join('; '))
}

function sizeOf(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024
  if (mebibytes < 1) return `${Math.floor(bytes / 1024)} KiB`
  return mebibytes < 10_240 ? `${Math.floor(mebibytes)} MiB` : `${Math.floor(mebibytes / 1024)} GiB`
}
