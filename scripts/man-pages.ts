// Writes man/*.8 from the command table: a page for certlet, and one for each command.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Options } from 'yargs'
import { type Command, flatCommands, syntaxOf } from '../src/cli/command.ts'
import { commands } from '../src/cli/commands/index.ts'
import { version } from '../src/version.ts'

const folder = fileURLToPath(new URL('../man', import.meta.url))

/** All pages by file name, in man(7). */
export function manPages(): Map<string, string> {
  const flat = flatCommands(commands)
  const pages = flat.map((command) => [`${pageName(command)}.8`, commandPage(command)] as const)
  return new Map([['certlet.8', overview(flat)], ...pages])
}

function overview(flat: readonly Command[]): string {
  const list = flat.map((command) => `.TP\n.BR ${pageName(command)} (8)\n${text(command.describe)}`)
  return `${head('certlet', 'the kubelet\u2019s certificate work, without the kubelet')}
.SH SYNOPSIS
.B certlet
.I command
[flags]
.SH COMMANDS
${list.join('\n')}
${tail()}`
}

function commandPage(command: Command): string {
  const [word = '', ...rest] = syntaxOf(command).split(' ')
  const flags = Object.entries(command.flags).map(([name, options]) => flag(name, options))
  const examples = command.examples.map(
    ([line, title]) => `.TP\n${text(title)}\n.EX\n${text(line.replaceAll('$0', 'certlet'))}\n.EE`,
  )
  return `${head(pageName(command), command.describe.replace(/\.$/, ''))}
.SH SYNOPSIS
.B certlet ${text([word, ...rest].join(' '))}
[flags]
.SH DESCRIPTION
${text(command.describe)}
${flags.length === 0 ? '' : `.SH OPTIONS\n${flags.join('\n')}\n`}.SH EXAMPLES
${examples.join('\n')}
${tail()}`
}

function flag(name: string, { describe = '', choices, type, ...options }: Options): string {
  const value: unknown = options.default
  const takes = type === 'boolean' ? '' : ` \\fI${choices ? choices.join('|') : 'value'}\\fR`
  const shown = [value]
    .flat()
    .filter((one) => one !== undefined && one !== '' && one !== false)
    .join(', ')
  const byDefault = shown === '' ? '' : ` Default: ${shown}.`
  return `.TP\n\\fB${text(`--${name}`)}\\fR${takes}\n${text(`${describe}.${byDefault}`)}`
}

function head(name: string, what: string): string {
  return `.\\" Made by scripts/man-pages.ts from the command table.
.TH ${name.toUpperCase()} 8 "" "certlet ${version}"
.SH NAME
${text(name)} \\- ${text(what)}`
}

function tail(): string {
  return `.SH EXIT STATUS
0 is success. 2 is a wrong command line or file, 3 a refused request, 4 no certificate yet, 5 a server that cannot be reached or
trusted, 6 a token that is not accepted, 7 the disk, 8 another certlet at work, 9 a certificate that is refused.
.SH SEE ALSO
.BR certlet (8),
.BR kubelet (8)
`
}

function pageName({ name }: Command): string {
  return `certlet-${name.replaceAll(' ', '-')}`
}

/** Text that roff takes for nothing else: a line may not begin with a dot, and a dash is a minus. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('\u2019', '\\(cq')
    .replaceAll('\u2026', '...')
    .replace(/^([.'])/, '\\&$1')
}

/** Writes man/. */
export function writeManPages(): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [name, page] of manPages()) writeFileSync(`${folder}/${name}`, page)
}

if (import.meta.main) writeManPages()
