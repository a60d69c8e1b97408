import { describeCall, type SystemCall } from './system-call.ts'

/** What can happen at a system call. */
export const FAULTS = ['kill before', 'kill after', 'ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EINTR'] as const
export type Fault = (typeof FAULTS)[number]

/**
 * What strace is told, so that the fault strikes at this call. SIGKILL takes effect where the call begins, and the kernel leaves the call
 * out. Any other signal is delivered when the call is over, before another instruction of the process; SIGSTKFLT is one that ends a process
 * and for which nobody has a handler.
 */
export function injection(fault: Fault, { name, count }: SystemCall): string {
  switch (fault) {
    case 'kill before':
      return `inject=${name}:signal=SIGKILL:when=${count}`
    case 'kill after':
      return `inject=${name}:signal=SIGSTKFLT:when=${count}`
    default:
      return `inject=${name}:error=${fault}:when=${count}`
  }
}

/** A place in the life of the command, and what happens there. */
export interface Point {
  readonly call: SystemCall
  readonly fault: Fault
}

/** A point in words. */
export function describePoint({ call, fault }: Point): string {
  return `${fault} at ${describeCall(call)}`
}

/**
 * Calls that are told no errors. getsockopt(2) hands over the error of a connection and has none itself; libuv does not ask whether it had
 * (src/unix/stream.c, uv__stream_connect), and takes for the error of the connection whatever its memory then holds.
 */
const WITHOUT_ERRORS: ReadonlySet<string> = new Set(['getsockopt'])

/** All points of a run, in its order. */
export function pointsOf(calls: readonly SystemCall[], faults: readonly Fault[] = FAULTS): Point[] {
  return calls.flatMap((call) =>
    faults
      .filter((fault) => fault.startsWith('kill') || !WITHOUT_ERRORS.has(call.name))
      .map((fault) => ({ call, fault })),
  )
}

/**
 * A few points, evenly spread over the run and over the faults; another seed, others.
 * @param seed - a whole number.
 */
export function chosen(points: readonly Point[], few: number, seed: number): Point[] {
  if (points.length <= few) return [...points]
  const step = points.length / few
  // Somewhere else in each stretch, by the golden section: an even step may meet the same faults again and again.
  const within = (index: number): number => ((seed * few + index) * 0.618_033_988_749) % 1
  return Array.from({ length: few }, (_, index) => points[Math.floor((index + within(index)) * step)]).filter(
    (one) => one !== undefined,
  )
}
