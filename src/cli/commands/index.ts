import type { Command, CommandGroup } from '../command.ts'
import { bootstrapCommand } from './bootstrap.ts'
import { completionCommand } from './completion.ts'
import { fleetCommands } from './fleet.ts'
import { joinCommand } from './join.ts'
import { labCommand } from './lab.ts'
import { preflightCommand } from './preflight.ts'
import { probeCommands } from './probe.ts'
import { rbacCommand } from './rbac.ts'
import { rotateCommand } from './rotate.ts'
import { runCommand } from './run.ts'
import { statusCommand } from './status.ts'
import { tokenCommands } from './token.ts'

/** Every command there is, in the order of the help. Help, completion and man pages come of it. */
export const commands: readonly (Command | CommandGroup)[] = [
  joinCommand,
  bootstrapCommand,
  preflightCommand,
  runCommand,
  rotateCommand,
  statusCommand,
  tokenCommands,
  rbacCommand,
  labCommand,
  fleetCommands,
  probeCommands,
  completionCommand,
]
