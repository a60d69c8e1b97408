import type { Flags } from './command.ts'
import { commands } from './commands/index.ts'
import { bashCompletion, zshCompletion } from './completion.ts'
import type { World } from './world.ts'

/** `certlet completion`. */
export function runCompletion(flags: Flags, world: World): number {
  world.stdout.write(flags['shell'] === 'zsh' ? zshCompletion(commands) : bashCompletion(commands))
  return 0
}
