/** Commands that a node runs. Most of their functions run a few times, and then for months not at all. */
const ON_NODES = ['bootstrap', 'run']

/** What Node.js loads much for. */
const BUILT_INS = ['crypto', 'https', 'os', 'timers/promises', 'tty']

const COMPILERS = ['sparkplug', 'maglev', 'turbofan']

/**
 * Has V8 interpret alone what a node runs. Its compilers begin with what runs some hundred times (the characters of a kubeconfig, Node's
 * own loader), which is over by then: they take 3 to 4 MiB, pages of their own code for the most part, and time of the second processor.
 *
 * Under other flags than those of the start V8 refuses the compiled code that Node.js has of its built-ins. So they are loaded first.
 *
 * @param command - the first word of the command line.
 */
export function interpretOnly(command: string | undefined): void {
  if (command === undefined || !ON_NODES.includes(command)) return
  for (const name of BUILT_INS) process.getBuiltinModule(name)
  const { setFlagsFromString } = process.getBuiltinModule('v8')
  for (const compiler of COMPILERS) setFlagsFromString(`--no-${compiler}`)
}
