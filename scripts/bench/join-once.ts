import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Memory, memoryOf } from './proc.ts'
import { newPlace, type Place } from './place.ts'
import type { Program } from './program.ts'

/** Whatever takes longer than this has failed. */
const PATIENCE_MS = 60_000

export interface Joined {
  /** From before the process was made until each file was there, ms, by the file's name. */
  readonly ms: Readonly<Record<string, number>>
  /** Until all files were there. */
  readonly wallMs: number
  /** Moment of the start on the clock that all processes of the machine share, ms. */
  readonly startedAt: number
  /** Of the process when all files were there; the peak is that until the token was gone, where it goes. */
  readonly memory: Memory | undefined
}

/** The clock that all processes of the machine share, ms. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** What is waited for besides the kubeconfig: names of files in the folder for certificates. */
export type Files = readonly string[]

/**
 * Lets a program join, in a new place, and waits until it has ended.
 * The kernel tells when a file appears: nothing is polled. A file is there when it has its name: a program that writes a file in
 * place, as the kubelet does, has it at the moment when it begins.
 * @throws Error when it ends without the files, or has not got them in a minute; with the end of what it said.
 */
export async function joinOnce(program: Program, kubeconfig: string, files: Files = []): Promise<Joined> {
  using place = newPlace(kubeconfig)
  const said = join(place.folder, 'said')
  const stderr = openSync(said, 'w')
  using watched = watchFor(place, files)
  const [file = '', ...words] = program.command
  const stop = new AbortController()
  const startedAt = machineMs()
  const child = spawn(file, [...words, ...program.args(place)], {
    stdio: ['ignore', stderr, stderr],
    // Nothing of this shell: NODE_EXTRA_CA_CERTS alone doubles the time that a Node.js takes to start.
    env: { PATH: process.env.PATH },
    detached: true, // a group of its own, so that what a script has started ends with it
  })
  closeSync(stderr)
  const ended = once(child, 'exit') as Promise<[number | null]>
  try {
    const { at, memory } = await Promise.race([
      watched.complete(child.pid ?? 0),
      early(ended, stop.signal),
      late(stop.signal),
    ])
    if (program.ends) assertOk(await ended)
    const ms = Object.fromEntries([...at].map(([name, when]) => [name, when - startedAt]))
    const peak = Math.max(memory?.peak ?? 0, watched.peakAtEnd())
    return { ms, wallMs: Math.max(...Object.values(ms)), startedAt, memory: memory && { ...memory, peak } }
  } catch (error) {
    const last = readFileSync(said, 'utf8').trim().split('\n').slice(-5).join('\n')
    throw new Error(`${program.name}: ${(error as Error).message}\n${last}`, { cause: error })
  } finally {
    stop.abort()
    await end(child, ended)
  }
}

interface Watched extends Disposable {
  /** Resolves when all files are there. */
  complete(pid: number): Promise<{ at: Map<string, number>; memory: Memory | undefined }>
  /** Peak of memory when the token was deleted, MiB; 0 where it was not. */
  peakAtEnd(): number
}

function watchFor(place: Place, files: Files): Watched {
  const wanted = new Set([basename(place.kubeconfig), ...files])
  const at = new Map<string, number>()
  const done = Promise.withResolvers<{ at: Map<string, number>; memory: Memory | undefined }>()
  let pid = 0
  let peak = 0
  const seen = (_: string, name: string | null): void => {
    if (name === null || !wanted.delete(name)) return
    at.set(name, machineMs())
    if (wanted.size === 0) done.resolve({ at, memory: memoryOf(pid) })
  }
  const watchers = [watch(dirname(place.kubeconfig), seen)]
  if (files.length > 0) watchers.push(watch(place.certs, seen))
  // Deleting the token is the last thing that certlet does.
  watchers.push(watch(dirname(place.bootstrap), () => (peak = Math.max(peak, memoryOf(pid)?.peak ?? 0))))
  return {
    complete: (of) => {
      pid = of
      return done.promise
    },
    peakAtEnd: () => peak,
    [Symbol.dispose]: () => {
      for (const one of watchers) one.close()
    },
  }
}

async function early(ended: Promise<[number | null]>, signal: AbortSignal): Promise<never> {
  const [code] = await ended
  // Its last file may have been seen and not been told of yet.
  await sleep(1_000, undefined, { signal })
  throw new Error(`ended with ${String(code)} and without its credential`)
}

async function late(signal: AbortSignal): Promise<never> {
  await sleep(PATIENCE_MS, undefined, { signal })
  throw new Error(`no credential in ${PATIENCE_MS / 1000} s`)
}

function assertOk([code]: readonly [number | null]): void {
  if (code !== 0) throw new Error(`ended with ${String(code)}`)
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, 'SIGKILL')
  await ended
}
