/** Programs that take a node from a bootstrap kubeconfig to a credential: certlet, and a peer that is named from outside. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgsStringToArgv } from 'string-argv'
import type { Place } from './place.ts'

export interface Program {
  /** As its figures are called. */
  readonly name: string
  /** The program and what stands before the arguments of the place. */
  readonly command: readonly string[]
  readonly args: (place: Place) => readonly string[]
  /** Whether it ends by itself when all is done; else it is killed as soon as its credential is there. */
  readonly ends: boolean
}

/** Names a template in which a program to compare with is started, and in which `{bootstrap}` and others stand for what differs. */
export const PEER = 'CERTLET_BENCH_PEER'

const CLI = fileURLToPath(new URL('../../bin/certlet.js', import.meta.url))

const UNIT = fileURLToPath(new URL('../../systemd/certlet.service', import.meta.url))

/** The command as npm installs it. */
export const dist = [process.execPath, CLI] as const

/** Flags of certlet by which all its files are in one place. */
export function flagsOf({ bootstrap, certs, kubeconfig, node }: Place): string[] {
  return [
    ...['--bootstrap-kubeconfig', bootstrap, '--kubeconfig', kubeconfig],
    ...['--cert-dir', certs, '--hostname-override', node],
  ]
}

export const SERVING = ['--serving', '--node-ip', '127.0.0.1'] as const

/** What the unit of the daemon puts into its environment. */
export function unitEnvironment(unit = readFileSync(UNIT, 'utf8')): Record<string, string> {
  const lines = [...unit.matchAll(/^Environment=(.*)$/gm)].map(([, words = '']) => parseArgsStringToArgv(words))
  return Object.fromEntries(lines.flat().map((word) => word.split(/=(.*)/s, 2) as [string, string]))
}

/** `certlet bootstrap`, with the flags given. */
export function bootstrap(name: string, command: readonly string[], ...flags: string[]): Program {
  return { name, command, args: (place) => ['bootstrap', ...flagsOf(place), ...flags], ends: true }
}

/**
 * The program of a template: `kubelet --kubeconfig {kubeconfig} --bootstrap-kubeconfig {bootstrap} --cert-dir {certs}
 * --hostname-override {node}`. No shell reads it: a script of one's own may, which ends in `exec`.
 */
export function peerOf(template: string): Program {
  const [file = '', ...args] = parseArgsStringToArgv(template)
  const filled = (word: string, place: Place): string =>
    word.replaceAll(/\{(bootstrap|certs|kubeconfig|node)\}/g, (_, key: keyof Place) => place[key])
  return { name: 'peer', command: [file], args: (place) => args.map((word) => filled(word, place)), ends: false }
}

/** The peer, if one is named. */
export function peers(template = process.env[PEER]): Program[] {
  return template === undefined || template.trim() === '' ? [] : [peerOf(template)]
}

/** What a program says of its version, if it says something. */
export function versionOf({ command: [file = ''] }: Program): string | undefined {
  try {
    return execFileSync(file, ['--version'], { encoding: 'utf8', timeout: 5_000, stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')[0]
  } catch {
    return undefined
  }
}

/** The files that a program is made of, as far as they are named. */
export function filesOf({ command }: Program): string[] {
  return command.filter((word) => existsSync(word))
}
