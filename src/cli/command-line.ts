import type { Command, Flags } from './command.ts'
import type { Configured } from './configuration.ts'

/** A command line that has been read. */
export interface CommandLine {
  readonly command: Command
  readonly flags: Flags
  readonly configured: Configured
}

/** How far reading it came: what an error is explained by. */
export interface Progress {
  /** The command, by its whole name. */
  defined?: Command
}
