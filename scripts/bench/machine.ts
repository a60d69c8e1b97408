/** On what, and of what, figures are. */
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { version } from '../../src/version.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly platform: string
  readonly node: string
  readonly certlet: string
  /** What the peer says of itself. */
  readonly peer?: string
}

export function machine(peer?: string): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    certlet: `${version} ${commit()}`,
    ...(peer !== undefined && { peer }),
  }
}

/** In a line. @param machine - of an earlier run too, whose record may say less. */
export function machineLine({ cpu, cores, kernel, node, certlet, peer }: Partial<Machine>): string {
  const parts = [`${cores} × ${cpu}`, `Linux ${kernel}`, `Node.js ${node}`, certlet && `certlet ${certlet}`, peer]
  return parts.filter((part) => part !== undefined).join(', ')
}

function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe', cwd: import.meta.dirname }).trim()
  try {
    return git('describe', '--always', '--dirty')
  } catch {
    return 'without git'
  }
}
