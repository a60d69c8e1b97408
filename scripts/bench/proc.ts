/** What Linux knows of a running process. */
import { readdirSync, readFileSync } from 'node:fs'
import { processCpuMs } from '../../src/cli/process-cpu.ts'

export interface Memory {
  /** In memory now, MiB. */
  readonly rss: number
  /** Most that there was so far, MiB. */
  readonly peak: number
  /** What no file stands behind, MiB: nobody else has it. */
  readonly private: number
}

/** Of a process; undefined when it has ended. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024
    const memory = { rss: field('VmRSS'), peak: field('VmHWM'), private: field('RssAnon') }
    return Number.isNaN(memory.peak) ? undefined : memory // a process that has ended and was not waited for has no such lines
  } catch {
    return undefined
  }
}

/** Processor time that the threads of a process have used so far, ms; to the nanosecond where the kernel counts so, else to 10 ms. */
export function cpuMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const ns = threads.map((id) => Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]))
  const ms = ns.reduce((sum, one) => sum + one, 0) / 1e6
  return ms > 0 ? ms : (processCpuMs(pid) ?? NaN)
}
