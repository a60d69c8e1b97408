import { dirname, basename } from 'node:path'
import type { Clock } from '../../../src/clock.ts'
import type { Random } from '../random.ts'
import type { Timeline } from '../timeline.ts'
import { type Disk, errno, type Inode } from './disk.ts'
import { currentProcess, Killed, type Process } from './process.ts'

/** What a system call needs of a disk: nothing, that it can be written, room, or that what was written gets there. */
export type Need = 'nothing' | 'write' | 'room' | 'sync'

export interface Call {
  readonly name: string
  readonly path: string
  readonly need: Need
}

/** What is wrong with a disk, from a call on. */
export interface DiskFault {
  readonly code: 'ENOSPC' | 'EROFS' | 'EIO'
  /** Calls that change something and still go well. */
  left: number
}

/** What is wrong with the way between a machine and the API server; chances in [0, 1]. */
export interface Link {
  down: boolean
  readonly latencyMs: number
  lostRequests: number
  lostAnswers: number
  /** A watch ends after each event. */
  cutWatches: number
  /** What a watch should tell does not come. */
  silentWatches: number
}

/** Who watches what processes do. */
export interface Witness {
  /** Before a system call takes effect. */
  beforeCall(process: Process, call: Call): void
  /** After a disk has changed. */
  diskChanged(machine: Machine, path: string): void
  died(process: Process, by: string): void
  /** It makes calls without end, and waits for nothing. */
  spins(process: Process): void
}

/** A computer: a disk, a clock, an identity, and what runs on it. */
export interface Machine {
  readonly name: string
  /** Its machine-id, as certlet binds keys to it. */
  readonly id: string
  readonly disk: Disk
  readonly timeline: Timeline
  readonly link: Link
  readonly locks: Map<Inode, Process>
  readonly processes: Process[]
  /** Of its one interface. */
  address: string
  umask: number
  nextDescriptor: number
  /** Whether the system has watches left to give. */
  watchable: boolean
  fault: DiskFault | undefined
  /** How long each call takes, ms. */
  slowMs: number
  /** True time at which it wakes, or woke. */
  asleepUntil: number
  /** This machine's clock minus true time, ms. */
  offsetMs: number
  /** How much faster than time the clock runs. */
  drift: number
  /** This machine's clock, ms since 1970. */
  wall(): number
  systemCall(process: Process, call: Call): void
  /** A message is about to leave or to arrive. */
  message(process: Process): void
  diskChanged(path: string): void
  watch(process: Process, folder: string, changed: (name: string) => void): () => void
  clockOf(process: Process): Clock
  kill(process: Process, by: string): void
  powerCut(): void
  /** Sleeps: timers stand still, the clock does not. */
  suspend(ms: number): void
  /** Wakes, before its time or at it. */
  wake(): void
}

/** When true time begins. */
export const EPOCH_MS = Date.UTC(2026, 0, 1)

/** More system calls than anybody makes without waiting for anything. */
const MOST_AT_ONCE = 5_000

interface Watch {
  readonly process: Process
  readonly folder: string
  readonly changed: (name: string) => void
}

export function createMachine(
  { name, id, disk, latencyMs }: { name: string; id: string; disk: Disk; latencyMs: number },
  { timeline, random, witness }: { timeline: Timeline; random: Random; witness: Witness },
): Machine {
  let watches: Watch[] = []

  const machine: Machine = {
    ...{ name, id, disk, timeline },
    link: { down: false, latencyMs, lostRequests: 0, lostAnswers: 0, cutWatches: 0, silentWatches: 0 },
    locks: new Map(),
    processes: [],
    ...{
      address: '192.0.2.7',
      umask: 0o022,
      nextDescriptor: 0,
      watchable: true,
      fault: undefined,
      slowMs: 0,
      asleepUntil: 0,
      offsetMs: 0,
      drift: 0,
    },
    wall: () => EPOCH_MS + machine.offsetMs + Math.round(timeline.now * (1 + machine.drift)),
    systemCall: (process, call) => {
      reach(process, call.need === 'sync')
      timeline.now += machine.slowMs
      const { fault } = machine
      if (fault && hits(fault.code, call) && --fault.left < 0) throw errno(fault.code, call.path)
      witness.beforeCall(process, call)
    },
    message: (process) => {
      reach(process, false)
    },
    diskChanged: (path) => {
      disk.touched()
      for (const { process, folder, changed } of watches) {
        if (folder !== dirname(path)) continue
        timeline.after(1, process, () => {
          changed(basename(path))
        })
      }
      witness.diskChanged(machine, path)
    },
    watch: (process, folder, changed) => {
      const watch = { process, folder, changed }
      watches.push(watch)
      const end = (): void => {
        watches = watches.filter((one) => one !== watch)
      }
      process.endings.push(end)
      return end
    },
    clockOf: (process) => ({
      now: () => new Date(machine.wall()),
      sleep: (ms, signal) => sleep(process, ms, signal),
    }),
    kill: (process, by) => {
      if (!process.alive) return
      process.alive = false
      for (const end of process.endings) end()
      machine.processes.splice(machine.processes.indexOf(process), 1)
      timeline.changed()
      witness.died(process, by)
    },
    powerCut: () => {
      for (const process of [...machine.processes]) machine.kill(process, 'power cut')
      disk.powerCut(random)
      witness.diskChanged(machine, '/')
    },
    suspend: (ms) => {
      if (machine.asleepUntil > timeline.now) return // who sleeps is not put to sleep
      machine.asleepUntil = timeline.now + ms
      timeline.delay((process) => process.machine === machine, ms)
    },
    wake: () => {
      const early = machine.asleepUntil - timeline.now
      if (early <= 0) return
      machine.asleepUntil = timeline.now
      timeline.delay((process) => process.machine === machine, -early)
    },
  }

  function reach(process: Process, sync: boolean): void {
    if (!process.alive) throw new Killed()
    process.calls++
    if (++process.burst > MOST_AT_ONCE) {
      machine.kill(process, 'kill')
      witness.spins(process)
      throw new Killed()
    }
    const { doom } = process
    if (!doom || (doom.ofSyncs === true && !sync) || --doom.left >= 0) return
    if (doom.by === 'power cut') machine.powerCut()
    else machine.kill(process, 'kill')
    throw new Killed()
  }

  function sleep(process: Process, ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error)
        return
      }
      const entry = timeline.after(ms, process, () => {
        signal?.removeEventListener('abort', end)
        resolve()
      })
      const end = (): void => {
        entry.gone = true
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', end, { once: true })
    })
  }

  return machine
}

/** Whether a fault of the disk concerns a call. */
function hits(code: DiskFault['code'], { need }: Call): boolean {
  if (need === 'nothing') return false
  if (code === 'ENOSPC') return need === 'room'
  return code === 'EROFS' ? need !== 'sync' : true
}

let timeouts: { readonly signal: AbortSignal; readonly end: () => void } | undefined

/**
 * AbortSignal.timeout in simulated time, for the request that is sent next.
 * @returns what to call when that request is over: then nothing waits for it any more.
 */
export function takeTimeout(): () => void {
  const end = timeouts?.end
  timeouts = undefined
  return end ?? (() => undefined)
}

AbortSignal.timeout = (ms) => {
  const process = currentProcess()
  const controller = new AbortController()
  const entry = process.machine.timeline.after(ms, process, () => {
    controller.abort(new DOMException('The operation timed out', 'TimeoutError'))
  })
  timeouts = {
    signal: controller.signal,
    end: () => {
      entry.gone = true
    },
  }
  return controller.signal
}
