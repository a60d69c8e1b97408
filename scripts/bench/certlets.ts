import { spawnSync } from 'node:child_process'
import { buildBinary } from '../build-binary.ts'
import { dropFromPageCache } from './page-cache.ts'
import { dist, filesOf, type Program } from './program.ts'

let built: Promise<string> | undefined

/** Path of the one-file certlet, built once a run. */
export function binaryPath(): Promise<string> {
  built ??= buildBinary().then(({ path }) => path)
  return built
}

/** The forms of certlet that are measured, by name. @param tiny - without the binary, whose build takes long. */
export async function certlets(tiny = false): Promise<Record<string, readonly string[]>> {
  return { ...(!tiny && { binary: [await binaryPath()] }), dist }
}

/** What programs are made of is as it is on a node that has just started: on disk, and read page by page. */
export function asAfterBoot(programs: readonly Program[]): void {
  const files = new Set(programs.flatMap(filesOf))
  dropFromPageCache([...files])
}

/** Whether a tool is there. */
export function has(tool: string): boolean {
  return spawnSync(tool, ['--version']).error === undefined
}
