import { fstatSync, readdirSync, readFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import { isSea } from 'node:sea'
import { isatty } from 'node:tty'
import { abortable } from '../abortable.ts'
import { systemClock } from '../clock.ts'
import { CertletError } from '../errors.ts'
import { leadsToJournal } from '../service/journal.ts'
import type { Output, World } from './world.ts'

/** The world of a real process. The first SIGINT or SIGTERM asks the command to end; a second one ends the process. */
export function worldOf(process: NodeJS.Process): World {
  muteExpectedWarnings(process)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort(new CertletError('INTERRUPTED', `Interrupted by ${signal}`))
    })
  }
  // Node.js would have a debugger listen, which any user of this machine can talk to. A kubelet does nothing on it, either.
  process.on('SIGUSR1', () => undefined)
  // Whoever has started us with a channel, and has ended, has nobody left who would end us.
  process.once('disconnect', () => {
    stop.abort(new CertletError('INTERRUPTED', 'Interrupted: the process that has started this one is gone'))
  })
  process.channel?.unref() // it keeps nobody from ending
  return {
    stdout: outputOf(() => process.stdout, 1, process.env),
    stderr: outputOf(() => process.stderr, 2, process.env),
    readStdin: () => abortable(textOf(process.stdin), stop.signal),
    askSecret: isatty(0) && isatty(2) ? (question) => abortable(askSecret(question, process), stop.signal) : undefined,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    pid: process.pid,
    // Where certlet is one file with its Node.js, that has no script.
    self: isSea() || !process.argv[1] ? [process.execPath] : [process.execPath, process.argv[1]],
    usage: () => {
      const { user, system } = process.cpuUsage()
      return { cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss() }
    },
    collectGarbage: async () => {
      const { collectGarbage } = await import('../service/collect-garbage.ts')
      collectGarbage()
    },
    nodeVersion: process.versions.node,
    monotonicUs: () => process.hrtime.bigint() / 1000n,
    onHangup: (listener) => {
      process.on('SIGHUP', listener)
      return {
        [Symbol.dispose]: () => {
          process.off('SIGHUP', listener)
        },
      }
    },
    hostname,
    machineId: () => ifReadable('/etc/machine-id'),
    network: () => ({
      interfaces: interfaces(),
      // By the process: ProcSubset=pid hides /proc/net. Source: systemd.exec(5).
      ipv4Routes: ifReadable('/proc/self/net/route'),
      ipv6Routes: ifReadable('/proc/self/net/ipv6_route'),
    }),
    processes: (name) => processesNamed(name),
  }
}

/**
 * A reader that has gone away (`| head`) is no failure of the command.
 * @param open - makes the stream, which takes Node.js a millisecond: when something is written.
 */
function outputOf(open: () => NodeJS.WriteStream, descriptor: number, env: NodeJS.ProcessEnv): Output {
  let opened: NodeJS.WriteStream | undefined
  const stream = (): NodeJS.WriteStream => {
    opened ??= open().on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
    return opened
  }
  const isTTY = isatty(descriptor)
  return {
    isTTY,
    isJournal: isJournal(descriptor, env),
    get columns() {
      return isTTY ? stream().columns : undefined
    },
    get terminal() {
      return isTTY ? stream() : undefined
    },
    write: (line) => {
      stream().write(line)
    },
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const { text } = await import('node:stream/consumers')
  return await text(stream)
}

async function askSecret(question: string, { stdin, stderr }: NodeJS.Process): Promise<string> {
  const { read } = await import('read')
  try {
    return await read({ prompt: question, input: stdin, output: stderr, silent: true, terminal: true })
  } catch {
    // While it asks, the terminal hands over Ctrl-C as a key, not as a signal.
    throw new CertletError('INTERRUPTED', 'Interrupted at the prompt')
  } finally {
    stderr.write('\n')
  }
}

function isJournal(descriptor: number, env: NodeJS.ProcessEnv): boolean {
  try {
    return leadsToJournal(env['JOURNAL_STREAM'], fstatSync(descriptor))
  } catch {
    return false // the stream is closed
  }
}

/**
 * The folder lock is node:sqlite's, which Node 22 and 24 call experimental at every start (docs/decisions/0002-folder-lock.md); the
 * socket to systemd is node:ffi's, which Node 26 calls so (docs/decisions/0005-systemd.md).
 */
function muteExpectedWarnings(process: NodeJS.Process): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && /SQLite|FFI/.test(warning.message)) return
    process.stderr.write(`warning: ${warning.name}: ${warning.message}
`)
  })
}

/** In a sandbox without AF_NETLINK this call throws. Source: systemd.exec(5), RestrictAddressFamilies. */
function interfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces()
  } catch {
    return {}
  }
}

/** Source: proc(5), /proc/pid/comm. */
function processesNamed(name: string): number[] {
  const ids = entriesOf('/proc').filter((entry) => /^\d+$/.test(entry))
  return ids.filter((id) => ifReadable(`/proc/${id}/comm`)?.trimEnd() === name).map(Number)
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function ifReadable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
