/**
 * Completion scripts made of the command table. yargs has a generator, but what it makes starts Node at every Tab (a tenth of a
 * second), chooses the shell by $SHELL, and completes no file names; these know everything when they are loaded.
 */
import type { Options } from 'yargs'
import { type Command, type CommandGroup, flatCommands } from './command.ts'

type Entries = readonly (Command | CommandGroup)[]

/** A script for bash 4 and later. */
export function bashCompletion(entries: Entries): string {
  const flat = flatCommands(entries)
  const members = entries.flatMap((entry) =>
    'commands' in entry ? [`    ${entry.name}) words='${entry.commands.map(({ name }) => name).join(' ')}' ;;`] : [],
  )
  const cases = flat.map(
    (command) => `    '${command.name}')
      flags='${flagNames(command).join(' ')}'
      case $previous in
${choicesOf(command)
  .map(({ names, choices }) => `        ${names.join('|')}) words='${choices.join(' ')}' ;;`)
  .concat(filesOf(command).length > 0 ? [`        ${filesOf(command).join('|')}) files=yes ;;`] : [])
  .join('\n')}
      esac
      words=\${words:-${shellWords(positionalChoices(command))}}${takesPaths(command) ? '\n      [[ -z $words ]] && files=yes' : ''} ;;`,
  )
  return `# Completion of certlet for bash. Made by: certlet completion bash
_certlet() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command=\${COMP_WORDS[1]} flags='' words='' files=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '${entries.map(({ name }) => name).join(' ')} --help --version' -- "$current")
    return
  fi
  case $command in
${members.join('\n')}
  esac
  if [[ -n $words ]]; then
    if ((COMP_CWORD == 2)) && [[ $current != -* ]]; then
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      return
    fi
    [[ " $words " == *" \${COMP_WORDS[2]} "* ]] && command+=" \${COMP_WORDS[2]}"
    words=''
  fi
  case $command in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags --help" -- "$current")
  elif [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _certlet certlet
`
}

/** A script for zsh's completion system, with a word on each flag. */
export function zshCompletion(entries: Entries): string {
  const owns = new Set(entries.map((entry) => ('commands' in entry ? entry.own?.name : undefined)))
  const functions = flatCommands(entries).map(
    (command) => `${owns.has(command.name) ? ownFunction(command.name) : functionName(command.name)}() {
  _arguments -s \\
${[...Object.entries(command.flags).flatMap(([name, options]) => zshFlag(name, options)), ...zshPositionals(command)]
  .map((spec) => `    ${spec}`)
  .join(' \\\n')}
}
`,
  )
  const groups = entries.flatMap((entry) => ('commands' in entry ? [zshGroup(entry)] : []))
  return `#compdef certlet
# Completion of certlet for zsh. Made by: certlet completion zsh
${functions.join('\n')}
${groups.join('\n')}
${zshDispatcher('_certlet', entries, '')}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _certlet "$@"
else
  compdef _certlet certlet
fi
`
}

/** A group's name alone may be a command: its flags and arguments stand where the name of another one may stand. */
function zshGroup({ name, own, commands }: CommandGroup): string {
  if (own === undefined) return zshDispatcher(functionName(name), commands, `${name} `)
  const members = commands.map((member) => member.name)
  return `${zshDispatcher(`${functionName(name)}_members`, commands, `${name} `)}
${functionName(name)}() {
  if [[ $words[2] == (${members.join('|')}) ]] || (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    ${functionName(name)}_members
  else
    ${ownFunction(name)}
  fi
}
`
}

const ownFunction = (group: string): string => `${functionName(group)}_alone`

function zshDispatcher(name: string, members: Entries, prefix: string): string {
  const described = members.map((member) => `      ${quoted(`${member.name}:${member.describe}`)}`).join('\n')
  const cases = members.map((member) => `      ${member.name}) ${functionName(prefix + member.name)} ;;`).join('\n')
  return `${name}() {
  local line state
  _arguments -C '1: :->command' '*:: :->rest'
  case $state in
  command)
    local -a commands=(
${described}
    )
    _describe command commands ;;
  rest)
    case $line[1] in
${cases}
    esac ;;
  esac
}
`
}

function zshFlag(name: string, options: Options): string[] {
  const repeated = options.array ? '*' : ''
  const text = (options.describe ?? '').replace(/[[\]]/g, '').replaceAll(':', '\\:')
  const value =
    options.type === 'boolean'
      ? ''
      : `:${name}:${options.choices ? `(${options.choices.join(' ')})` : takesFile(name, options) ? '_files' : ' '}`
  return flagForms(name, options).map((form) => quoted(`${repeated}${form}[${text}]${value}`))
}

function zshPositionals({ positionals = {} }: Command): string[] {
  return Object.entries(positionals).map(([name, { array, choices, describe }]) => {
    const value = choices ? `(${choices.join(' ')})` : name === PATHS ? '_files' : ' '
    return quoted(`${array ? '*' : ''}:${name} (${describe.replaceAll(':', '\\:')}):${value}`)
  })
}

function functionName(command: string): string {
  return `_certlet_${command.replaceAll(' ', '_')}`
}

function flagForms(name: string, { alias }: Options): string[] {
  return typeof alias === 'string' ? [`--${name}`, `-${alias}`] : [`--${name}`]
}

function flagNames({ flags }: Command): string[] {
  return Object.entries(flags).flatMap(([name, options]) => flagForms(name, options))
}

function choicesOf({ flags }: Command): { names: string[]; choices: string[] }[] {
  return Object.entries(flags).flatMap(([name, options]) =>
    options.choices ? [{ names: flagForms(name, options), choices: options.choices.map(String) }] : [],
  )
}

function filesOf({ flags }: Command): string[] {
  return Object.entries(flags).flatMap(([name, options]) => (takesFile(name, options) ? [`--${name}`] : []))
}

/** By its name: kubeconfigs, files, folders and the CA. */
function takesFile(name: string, { type }: Options): boolean {
  return type === 'string' && /(^|-)(kubeconfig|config|file|dir|cert|rules|objects)$/.test(name)
}

/** Name of arguments that are files or folders. */
const PATHS = 'paths'

function takesPaths({ positionals = {} }: Command): boolean {
  return PATHS in positionals
}

function positionalChoices({ positionals = {} }: Command): string[] {
  return Object.values(positionals).flatMap(({ choices = [] }) => choices.map(String))
}

function shellWords(words: readonly string[]): string {
  return words.length === 0 ? "''" : `'${words.join(' ')}'`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
