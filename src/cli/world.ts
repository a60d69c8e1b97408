import type { Clock } from '../clock.ts'
import type { MachineNetwork } from '../identity/machine-address.ts'

/** A text stream of the process. */
export interface Output {
  readonly isTTY: boolean
  /** Whether it leads into systemd's journal, whose lines bear their priority. */
  readonly isJournal: boolean
  /** Width of the terminal; undefined where there is none. */
  readonly columns: number | undefined
  /** The terminal itself, for what moves its cursor; undefined where there is none. */
  readonly terminal: NodeJS.WriteStream | undefined
  write(text: string): void
}

/** Everything outside the program that a command touches, apart from files and the network. */
export interface World {
  readonly stdout: Output
  readonly stderr: Output
  /** All of standard input. */
  readStdin(): Promise<string>
  /** Asks on the terminal, without an echo of the answer; undefined where there is no terminal. @throws CertletError INTERRUPTED */
  readonly askSecret: ((question: string) => Promise<string>) | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Number in [0, 1). */
  readonly random: () => number
  /** Aborts with a CertletError INTERRUPTED on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly uid: number
  readonly gid: number
  readonly pid: number
  /** The command line that starts this certlet, without arguments: `node bin/certlet.js`, or the one file that it is. */
  readonly self: readonly [string, ...string[]]
  /** What the process has used so far: processor time of all its threads, and memory now, resident. */
  usage(): { readonly cpuMs: number; readonly residentBytes: number }
  /** Gives memory back to the kernel that nothing needs any more; see service/collect-garbage.ts. */
  readonly collectGarbage: () => Promise<void>
  /** Version of the Node.js that runs this, without a leading v. */
  readonly nodeVersion: string
  /** CLOCK_MONOTONIC, µs. */
  readonly monotonicUs: () => bigint
  /** Calls the listener on each SIGHUP until it is disposed of; without a listener SIGHUP ends the process, as it does by itself. */
  onHangup(listener: () => void): Disposable
  hostname(): string
  /** Text of /etc/machine-id; undefined where there is none. */
  machineId(): string | undefined
  network(): MachineNetwork
  /** Ids of the processes of this machine that bear a name, as far as they are shown to us. */
  processes(name: string): readonly number[]
}
