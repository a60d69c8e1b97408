// Makes dist/certlet-linux-ARCH: certlet and its Node.js in one file, a Node single executable application. No network is used.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { brotliCompressSync } from 'node:zlib'
import { build, transform } from 'esbuild'
import { binaryParts } from './binary/parts.ts'
import { type Bundled, bundledPackages } from './licences.ts'
import { sbom } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The tool that takes the symbols out of a Node of the architecture. */
const STRIP: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu-strip', arm64: 'aarch64-linux-gnu-strip' }

/**
 * Names are hashed from a seed, and the hashes are in the code cache. V8 draws the seed by its random numbers; `--hash-seed` would fix it
 * too, but the cache is of the flags that made it, and V8 leaves out this one alone (src/flags/flags.cc, ComputeFlagListHash).
 */
const SAME_HASHES = '--random-seed=1'

export interface Binary {
  readonly path: string
  /** What is inside, apart from Node. */
  readonly packages: readonly Bundled[]
  /** Folder of the package of the Node inside. */
  readonly node: string
}

/**
 * @param arch - as Node names it.
 * @throws Error when the Node package of the architecture, or the tool `strip` for it, is not installed.
 */
export async function buildBinary(arch: string = process.arch): Promise<Binary> {
  mkdirSync(join(root, 'dist'), { recursive: true })
  // Beside the result, so that the last step is a rename.
  const work = mkdtempSync(join(root, 'dist/.binary-'))
  try {
    const node = nodeOf(arch)
    // A code cache fits the V8 that made it, on the architecture that it was made on.
    const packages = await writeParts(join(work, 'parts'), arch === process.arch)
    await build({
      entryPoints: [join(root, 'scripts/binary/main.ts')],
      outfile: join(work, 'certlet.cjs'),
      ...{ format: 'cjs', platform: 'node', target: 'node26', minify: true },
    })
    stripped(join(node, 'bin/node'), join(work, 'node'), arch)
    const config = {
      // It names the script inside, in the same words wherever the checkout stands.
      main: 'certlet.cjs',
      executable: 'node',
      output: 'certlet',
      assets: Object.fromEntries(
        readdirSync(join(work, 'parts'))
          .sort()
          .map((name) => [name, `parts/${name}`]),
      ),
      disableExperimentalSEAWarning: true,
      // NODE_OPTIONS of whoever starts the service does not reach into the binary.
      execArgvExtension: 'none',
    }
    writeFileSync(join(work, 'sea.json'), JSON.stringify(config))
    execFileSync(process.execPath, [SAME_HASHES, '--build-sea', 'sea.json'], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
      // A flag in there would be one that the cache is of.
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const path = join(root, `dist/certlet-linux-${arch}`)
    writeFileSync(`${path}.cdx.json`, sbom(packages, versionOf(node)))
    chmodSync(join(work, config.output), 0o755)
    renameSync(join(work, config.output), path)
    return { path, packages, node }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Writes the program's parts, and where that can be made, V8's code cache of what a node runs. @returns what is inside. */
async function writeParts(folder: string, withCache: boolean): Promise<Bundled[]> {
  mkdirSync(folder)
  const { texts, hot, metafiles } = await binaryParts()
  for (const [name, text] of texts) {
    if (hot.has(name)) writeFileSync(join(folder, name), text)
    else writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text))
  }
  if (withCache) await writeCodeCaches(folder, hot)
  return bundledPackages(metafiles, root)
}

/** In a process of its own that knows no path: the same bytes come of it wherever the checkout stands. */
async function writeCodeCaches(folder: string, names: Iterable<string>): Promise<void> {
  const source = readFileSync(join(root, 'scripts/binary/code-caches.ts'), 'utf8')
  const { code } = await transform(source, { loader: 'ts' })
  execFileSync(process.execPath, [SAME_HASHES, '--input-type=module', '-', ...names], {
    cwd: folder,
    input: code,
    stdio: ['pipe', 'ignore', 'inherit'],
    // A flag in there would be one that the cache is of.
    env: { ...process.env, NODE_OPTIONS: '' },
  })
}

/** Folder of the Node that comes through npm, exact version. The package `node` installs the one of this machine's architecture. */
function nodeOf(arch: string): string {
  const require = createRequire(join(root, 'node_modules/node/package.json'))
  try {
    return dirname(require.resolve(`node-linux-${arch}/package.json`))
  } catch {
    const { version } = require('./package.json') as { version: string }
    // npm install would put its `node` in the place of this machine's, which then starts nothing any more.
    const name = `node-linux-${arch}`
    throw new Error(
      `There is no Node.js for ${arch}: npm pack ${name}@${version} && mkdir node_modules/${name} && ` +
        `tar -xzf ${name}-${version}.tgz -C node_modules/${name} --strip-components=1`,
    )
  }
}

/** Version of a package of Node.js. @param folder - of the package. */
export function versionOf(folder: string): string {
  const { version } = createRequire(join(folder, 'package.json'))('./package.json') as { version: string }
  return version
}

function stripped(node: string, to: string, arch: string): void {
  const tools = [STRIP[arch], arch === process.arch ? 'strip' : undefined].filter((tool) => tool !== undefined)
  for (const tool of tools) {
    try {
      execFileSync(tool, ['-o', to, node], { stdio: ['ignore', 'ignore', 'inherit'] })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error(
    `There is no ${tools.join(' or ')} here: apt-get install binutils (binutils-aarch64-linux-gnu for arm64)`,
  )
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { arch: { type: 'string', default: process.arch } } })
  const { path } = await buildBinary(values.arch)
  console.log(`${path}  ${(statSync(path).size / 1e6).toFixed(1)} MB`)
}
