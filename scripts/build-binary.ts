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
import { bundleOptions } from './bundle-options.ts'
import { hideExports } from './hide-exports.ts'
import { type Bundled, bundledPackages } from './licences.ts'
import { buildLoader } from './program/build-loader.ts'
import { programParts } from './program/parts.ts'
import { SAME_HASHES, withoutFlags, writeProgram } from './program/write-program.ts'
import { sbom } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What the Node.js in the file is started with. None of them changes what is computed; how they are measured: docs/performance.md. */
const NODE_FLAGS = [
  // It would read its own list of CAs at each start, beside; src/kube/public-cas.ts has it read where it is needed.
  '--use-openssl-ca',
  // No debugger is to listen on SIGUSR1 (src/cli/process-world.ts), for which a thread would wait from the start.
  '--disable-sigusr1',
  // MiB of new objects before those that are left are looked for.
  '--max-semi-space-size=1',
]

/** The tool that takes the symbols out of a Node of the architecture. */
const STRIP: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu-strip', arm64: 'aarch64-linux-gnu-strip' }

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
    const program = await programParts(await bundleOptions())
    await writeProgram(join(work, 'program'), program, {
      // A code cache fits the V8 that made it, on the architecture that it was made on.
      withCache: arch === process.arch,
      packed: (name, text) => [`${name}.br`, brotliCompressSync(text)],
    })
    await buildLoader('from-binary', join(work, 'certlet.cjs'))
    stripped(join(node, 'bin/node'), join(work, 'node'), arch)
    const config = {
      // It names the script inside, in the same words wherever the checkout stands.
      main: 'certlet.cjs',
      executable: 'node',
      output: 'certlet',
      assets: Object.fromEntries(
        readdirSync(join(work, 'program'))
          .sort()
          .map((name) => [name, `program/${name}`]),
      ),
      disableExperimentalSEAWarning: true,
      execArgv: NODE_FLAGS,
      // NODE_OPTIONS of whoever starts the service does not reach into the binary.
      execArgvExtension: 'none',
    }
    writeFileSync(join(work, 'sea.json'), JSON.stringify(config))
    execFileSync(process.execPath, [SAME_HASHES, '--build-sea', 'sea.json'], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: withoutFlags(),
    })
    const output = join(work, config.output)
    const image = readFileSync(output)
    hideExports(image)
    writeFileSync(output, image)
    const path = join(root, `dist/certlet-linux-${arch}`)
    const packages = bundledPackages(program.metafiles, root)
    writeFileSync(`${path}.cdx.json`, sbom(packages, versionOf(node)))
    chmodSync(output, 0o755)
    renameSync(output, path)
    return { path, packages, node }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
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
