import { CertletError } from '../errors.ts'
import { type BootstrapToken, parseBootstrapToken } from '../discovery/bootstrap-token.ts'
import type { Log } from '../log.ts'
import { readNamedFile } from '../kubeconfig/named-file.ts'
import { tokenProblem } from '../kubeconfig/token.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/**
 * The bootstrap token, from --token-file, --token (`-`: standard input), CERTLET_TOKEN or the configuration, else asked for on the
 * terminal. On a command line every user of the machine can read it, which is said.
 * @returns undefined if there is none, and no terminal to ask on.
 * @throws CertletError USAGE, TOKEN_MALFORMED
 */
export async function tokenOf(
  flags: Flags,
  { world, log, argv }: { readonly world: World; readonly log: Log; readonly argv: readonly string[] },
): Promise<BootstrapToken | undefined> {
  const file = textOf(flags, 'token-file')
  const given = textOf(flags, 'token')
  if (file !== undefined && argv.some((arg) => /^--token(=|$)/.test(arg))) {
    throw new CertletError('USAGE', 'Give either --token or --token-file')
  }
  if (file !== undefined) {
    const text = readNamedFile(file, 'token file', { code: 'USAGE' }).toString('utf8')
    return parsed(text, `in "${file}"`)
  }
  if (given === '-') return parsed(await world.readStdin(), 'on standard input')
  if (given !== undefined) {
    if (argv.some((arg) => arg.includes(given))) {
      log.warn(
        'a token on the command line can be read by every user of this machine, and stays in the shell’s history: --token-file, CERTLET_TOKEN, --token - and the prompt avoid that',
      )
    }
    return parsed(given, 'of --token')
  }
  return world.askSecret ? parsed(await world.askSecret('Bootstrap token:'), 'that was typed') : undefined
}

function parsed(text: string, where: string): BootstrapToken {
  const token = parseBootstrapToken(text.trim())
  if (token) return token
  const problem = tokenProblem(text.trim()) ?? 'it is a token of another kind'
  throw new CertletError('TOKEN_MALFORMED', `Cannot use the token ${where}: ${problem}`)
}
