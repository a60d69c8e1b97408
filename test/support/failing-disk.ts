import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Calls that change something on a disk. A full one refuses those that need room, a read-only one all. */
const NEED_ROOM = ['writeFileSync', 'symlinkSync', 'mkdirSync', 'renameSync', 'fsyncSync'] as const
const OTHERS = ['unlinkSync', 'fchmodSync'] as const

/** A disk that fails: the system calls that change it throw as the system would. */
export interface FailingDisk extends Disposable {
  /** Calls that change something, since the fault was set. */
  readonly calls: number
  /** Whether a call has failed. */
  readonly failed: boolean
  /** From the `from`th call on every one fails. @param code - EROFS stops all, ENOSPC what needs room. */
  fail(code: 'ENOSPC' | 'EROFS', from: number): void
  mend(): void
}

type Call = (...args: unknown[]) => unknown

/** Takes the place of node:fs in this process until it is disposed of. It does nothing before `fail`. */
export function failingDisk(): FailingDisk {
  const calls = fs as unknown as Record<string, Call>
  const originals = [...NEED_ROOM, ...OTHERS].map((name) => [name, calls[name]] as const)
  const state = { code: undefined as 'ENOSPC' | 'EROFS' | undefined, from: 0, count: 0, failed: false }
  for (const [name, original] of originals) {
    calls[name] = (...args) => {
      if (state.code === 'EROFS' || (state.code === 'ENOSPC' && NEED_ROOM.some((one) => one === name))) {
        if (++state.count >= state.from) {
          state.failed = true
          throw Object.assign(new Error(`${state.code}: a test says so`), { code: state.code })
        }
      }
      return original?.(...args)
    }
  }
  syncBuiltinESMExports()
  return {
    get calls() {
      return state.count
    },
    get failed() {
      return state.failed
    },
    fail: (code, from) => {
      Object.assign(state, { code, from, count: 0, failed: false })
    },
    mend: () => {
      state.code = undefined
    },
    [Symbol.dispose]: () => {
      for (const [name, original] of originals) if (original) calls[name] = original
      syncBuiltinESMExports()
    },
  }
}

/** A file that the disk does not give away: every opening of one whose name ends so fails with EIO, until it is disposed of. */
export function unreadableFile(name: string): Disposable & { readonly refused: number } {
  const calls = fs as unknown as Record<string, Call>
  const originals = (['openSync', 'readFileSync'] as const).map((call) => [call, calls[call]] as const)
  let refused = 0
  for (const [call, original] of originals) {
    calls[call] = (...args) => {
      if (typeof args[0] !== 'string' || !args[0].endsWith(name)) return original?.(...args)
      refused++
      throw Object.assign(new Error('EIO: a test says so'), { code: 'EIO' })
    }
  }
  syncBuiltinESMExports()
  return {
    get refused() {
      return refused
    },
    [Symbol.dispose]: () => {
      for (const [call, original] of originals) if (original) calls[call] = original
      syncBuiltinESMExports()
    },
  }
}
