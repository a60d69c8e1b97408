// Makes dist/certlet-linux-ARCH: certlet and its Node.js in one file, a Node single executable application. No network is used.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { bundleOptions } from './build.ts'
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
    const packages = await bundleForBinary(join(work, 'certlet.cjs'))
    stripped(join(node, 'bin/node'), join(work, 'node'), arch)
    const config = {
      // It names the script inside, in the same words wherever the checkout stands.
      main: 'certlet.cjs',
      executable: 'node',
      output: 'certlet',
      // A code cache fits the V8 that made it, on the architecture that it was made on.
      useCodeCache: arch === process.arch,
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

/** One CommonJS file, whose parts still run only when they are asked for. */
async function bundleForBinary(outfile: string): Promise<Bundled[]> {
  const { options: common, page } = await bundleOptions()
  const { metafile } = await build({
    ...common,
    metafile: true,
    stdin: { contents: "import { start } from './src/cli/start.ts'\nvoid start(process)", resolveDir: root },
    outfile,
    target: 'node26',
    format: 'cjs',
    // Packages make a `require` of their own from it; there is no file, and nothing but built-ins is left to be required.
    define: { ...common.define, 'import.meta.url': '__binaryUrl' },
    banner: { js: "const __binaryUrl = require('node:url').pathToFileURL(process.execPath).href;" },
  })
  return bundledPackages([metafile, page], root)
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
