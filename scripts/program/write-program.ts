import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { HOT } from './names.ts'
import type { Program } from './parts.ts'

/**
 * Names are hashed from a seed, and the hashes are in the code cache. V8 draws the seed by its random numbers; `--hash-seed` would fix it
 * too, but the cache is of the flags that made it, and V8 leaves out this one alone (src/flags/flags.cc, ComputeFlagListHash).
 */
export const SAME_HASHES = '--random-seed=1'

/** An environment without what a code cache would be of, too. */
export const withoutFlags = (): NodeJS.ProcessEnv => ({ ...process.env, NODE_OPTIONS: '' })

/**
 * Writes the files of the program into a new folder, with V8's code cache of what a node runs where that is for the Node.js that runs this.
 * @param packed - how a file is written that is not read at each start: its name and bytes.
 */
export async function writeProgram(
  folder: string,
  { files }: Program,
  { withCache, packed }: { withCache: boolean; packed?: (name: string, text: string) => [string, Buffer] },
): Promise<void> {
  mkdirSync(folder)
  for (const [name, text] of files) {
    const [as, bytes] = name === HOT || !packed ? [name, text] : packed(name, text)
    writeFileSync(join(folder, as), bytes)
  }
  if (withCache) await writeCodeCache(folder)
}

/** In a process of its own that knows no path: the same bytes come of it wherever the checkout stands. */
async function writeCodeCache(folder: string): Promise<void> {
  const source = readFileSync(fileURLToPath(new URL('code-cache.ts', import.meta.url)), 'utf8')
  const { code } = await transform(source, { loader: 'ts' })
  execFileSync(process.execPath, [SAME_HASHES, '--input-type=module', '-', HOT], {
    cwd: folder,
    input: code,
    stdio: ['pipe', 'ignore', 'inherit'],
    env: withoutFlags(),
  })
}
