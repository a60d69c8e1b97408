import { readFileSync } from 'node:fs'

/** Clock ticks of /proc/PID/stat per second: 100 on every Linux that Node runs on. */
const TICKS = 100

/** Processor time that a process of this machine has used so far, user and system, ms; undefined where /proc does not tell. */
export function processCpuMs(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1000
  } catch {
    return undefined
  }
}
