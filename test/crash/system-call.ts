import { generalName } from '../support/folder-image.ts'

/** A system call of the command on a file of the node's or on a connection. */
export interface SystemCall {
  /** Such as `rename`. */
  readonly name: string
  /** The file, by its path in the node's folder and without what differs between runs; or {@link API_SERVER}. */
  readonly target: string
  /** How many calls of this name on this target there were, this one included. */
  readonly occurrence: number
  /** How many calls of this name there were at all: by that strace is told where to strike. */
  readonly count: number
}

export const API_SERVER = 'the API server'

/** One line of strace's. */
interface Line {
  readonly thread: string
  readonly name: string
  readonly rest: string
}

/** What a run of the command under strace did, and what became of it. */
export interface Trace {
  /** Of the main thread. */
  readonly calls: readonly SystemCall[]
  /** Calls on the same things by other threads, which could not be addressed. Empty unless all threads were traced. */
  readonly elsewhere: readonly string[]
  /** The call at which a fault struck: the one marked so, or the last of all. Undefined if that is none of `calls`. */
  readonly struck: SystemCall | undefined
}

/** They change nothing, and those of epoll are libuv's own, which ends the process if one fails. */
const LEFT_OUT = new Set(['execve', 'epoll_ctl', 'ioctl'])

/** Reads the log of strace -yy. @param folder - the node's. */
export function readTrace(log: string, folder: string): Trace {
  const lines = log.split('\n').flatMap(readLine)
  const main = lines[0]?.thread
  const counts = new Map<string, number>()
  const next = (key: string): number => {
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count
  }
  const calls: SystemCall[] = []
  const elsewhere: string[] = []
  let struck: { marked: boolean; call: SystemCall | undefined } = { marked: false, call: undefined }
  for (const { thread, name, rest } of lines) {
    const target = LEFT_OUT.has(name) ? undefined : targetOf(name, rest, folder)
    if (thread !== main) {
      if (target !== undefined) elsewhere.push(`${name} ${target}`)
      continue
    }
    const count = next(name)
    const call = target === undefined ? undefined : { name, target, occurrence: next(`${name} ${target}`), count }
    if (call) calls.push(call)
    const marked = rest.endsWith('(INJECTED)')
    if (marked || !struck.marked) struck = { marked, call }
  }
  return { calls, elsewhere, struck: struck.call }
}

function readLine(text: string): Line[] {
  const [, thread = '', name, rest = ''] = /^(?:(\d+) +)?([a-z_0-9]+)\((.*)$/.exec(text) ?? []
  return name === undefined ? [] : [{ thread, name, rest }]
}

/** What a call is on, by its arguments alone; the last path counts: the new name of a rename, the name of a link. */
function targetOf(name: string, rest: string, folder: string): string | undefined {
  const given = /^(.*)\)\s+= /.exec(rest)?.[1] ?? rest // what it returns is there only if nothing strikes
  const path = [...given.matchAll(/[<"]([^<>"]*)[>"]/g)]
    .map(([, text = '']) => text)
    .filter(within(folder))
    .at(-1)
  if (path !== undefined) return generalName(path.slice(folder.length + 1)) || '.'
  const onNetwork = /<TCP|sa_family=AF_INET/.test(given) || (name === 'socket' && given.startsWith('AF_INET'))
  return onNetwork ? API_SERVER : undefined
}

const within =
  (folder: string) =>
  (path: string): boolean =>
    path === folder || path.startsWith(`${folder}/`)

/** Whether two calls of two runs are the same step. */
export function sameCall(one: SystemCall | undefined, other: SystemCall): boolean {
  return one?.name === other.name && one.target === other.target && one.occurrence === other.occurrence
}

/** A call in words. */
export function describeCall({ name, target, occurrence }: SystemCall): string {
  return `${name} ${target}${occurrence > 1 ? ` #${occurrence}` : ''}`
}
