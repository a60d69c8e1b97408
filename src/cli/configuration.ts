import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { CertletError } from '../errors.ts'
import { type Command, type CommandGroup, flatCommands } from './command.ts'
import type { World } from './world.ts'

/** Where the configuration is looked for when none is named; it need not exist. */
export const DEFAULT_CONFIG = '/etc/certlet/config.yaml'

/** The values of flags that stand outside the command line, by where they stand. */
export interface Configured {
  readonly file: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Reads them. The command line wins over the environment, the environment over the file.
 * @param names - flags of the command, in kebab-case.
 * @param known - flags of all commands, which one file may serve.
 * @throws CertletError USAGE if the file cannot be read or names a flag that no command has.
 */
export function configuredFlags(
  { names, known }: { readonly names: readonly string[]; readonly known: readonly string[] },
  env: Readonly<Record<string, string | undefined>>,
  configPath: string | undefined,
): Configured {
  const environment = names.flatMap((name) => {
    const value = env[variableOf(name)]
    return value === undefined ? [] : [[name, value] as const]
  })
  const file = Object.entries(fileFlags(known, configPath)).filter(([name]) => names.includes(name))
  return { file: Object.fromEntries(file), environment: Object.fromEntries(environment) }
}

/** Flags of all commands, by their names. */
export function knownFlags(commands: readonly (Command | CommandGroup)[]): string[] {
  return flatCommands(commands).flatMap(({ flags }) => Object.keys(flags))
}

/** Read before the flags are parsed, since the file's values take part in that. */
export function configPathOf(argv: readonly string[], { env }: World): string | undefined {
  return flagValue(argv, '--config') ?? env['CERTLET_CONFIG']
}

/** Value of a flag in a command line that has not been parsed. */
export function flagValue(argv: readonly string[], flag: string): string | undefined {
  const index = argv.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
  const arg = argv[index]
  return arg === undefined || arg === flag ? argv[index + 1 || argv.length] : arg.slice(flag.length + 1)
}

/** The environment variable of a flag: CERTLET_CERT_DIR for `cert-dir`. */
export function variableOf(name: string): string {
  return `CERTLET_${name.toUpperCase().replaceAll('-', '_')}`
}

function fileFlags(known: readonly string[], configPath: string | undefined): Record<string, unknown> {
  const path = configPath ?? DEFAULT_CONFIG
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (configPath === undefined) return {}
    throw new CertletError(
      'USAGE',
      `Cannot read configuration "${path}" (${String((error as NodeJS.ErrnoException).code)})`,
    )
  }
  let documents: readonly unknown[]
  try {
    documents = loadAll(text)
  } catch {
    throw new CertletError('USAGE', `Cannot use configuration "${path}": it is not YAML`)
  }
  // A file of comments alone, as the package has it, holds none.
  const document = documents.length > 1 ? documents : (documents[0] ?? {})
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new CertletError('USAGE', `Cannot use configuration "${path}": it is not a mapping of flags to values`)
  }
  const unknown = Object.keys(document).filter((key) => !known.includes(key))
  if (unknown.length > 0) {
    throw new CertletError(
      'USAGE',
      `Cannot use configuration "${path}": there is no flag ${unknown.map((key) => `"${key}"`).join(', ')}`,
    )
  }
  const odd = Object.entries(document).find(([, value]) => !isValue(value))
  if (odd) {
    throw new CertletError(
      'USAGE',
      `Cannot use configuration "${path}": the value of "${odd[0]}" is neither text, number, true or false, nor a list of them`,
    )
  }
  return document as Record<string, unknown>
}

function isValue(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value)
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
