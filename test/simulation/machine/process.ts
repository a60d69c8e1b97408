import type { Machine } from './machine.ts'

/** Thrown into a process that is dead, at whatever it does next: nothing of that reaches the world any more. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** A process dies, by this means, before the system call or message after so many others; of syncs alone, if so it is said. */
export interface Doom {
  left: number
  readonly by: 'kill' | 'power cut'
  readonly ofSyncs?: boolean
}

/** A process of a machine: a daemon, or a command that ends by itself. */
export interface Process {
  readonly machine: Machine
  readonly kind: 'daemon' | 'bootstrap' | 'second daemon'
  readonly name: string
  alive: boolean
  doom: Doom | undefined
  /** System calls and messages so far. */
  calls: number
  /** Those since it last waited for time or for a message. */
  burst: number
  readonly stop: AbortController
  readonly files: Map<number, OpenFile>
  readonly endings: (() => void)[]
}

export interface OpenFile {
  readonly inode: unknown
  readonly path: string
}

let current: Process | undefined

/** The process at work. The faces of the system (files, locks, timers) act for it. */
export function currentProcess(): Process {
  if (!current) throw new Error('no process is at work')
  return current
}

/** Lets a process do all that it can do now: until it waits for time or for a message. */
export async function runAs(process: Process, act: () => void | Promise<void>): Promise<void> {
  current = process
  process.burst = 0
  try {
    void act()
    await settled()
  } finally {
    current = undefined
  }
}

/** All of it goes by promises, so one turn of the event loop is enough. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** As runAs, until a promise of its own is settled: for a start, which loads modules. */
export async function runUntilSettled(process: Process, act: () => Promise<unknown>): Promise<void> {
  current = process
  try {
    const start = { over: false }
    const end = (): void => {
      start.over = true
    }
    act().then(end, end)
    for (let turn = 0; !start.over && process.alive && turn < 1000; turn++) await settled()
  } finally {
    current = undefined
  }
}
