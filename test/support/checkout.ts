import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What takes part in a build, beside what ships; of Preact the page of the lab is made. */
const BUILDERS = /^node_modules\/(esbuild|@esbuild\/.*|@cyclonedx\/.*|preact|@preact\/.*)$/

/** Makes a checkout as somebody else has it: the sources, and of the packages those that a build needs. */
export function checkout(folder: string): void {
  const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '--', 'src', 'scripts', 'bin', '*.json']
  const sources = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).trim().split('\n')
  const packages = Object.entries(locked).flatMap(([path, { dev }]) =>
    path !== '' && (dev !== true || BUILDERS.test(path)) && !path.slice(1).includes('node_modules/') ? [path] : [],
  )
  for (const path of [...sources, ...packages]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    // Packages for other platforms are in the lock and not on the disk.
    if (existsSync(join(root, path))) cpSync(join(root, path), join(folder, path), { recursive: true })
  }
  // Node.js is large, and only read.
  symlinkSync(join(root, 'node_modules/node'), join(folder, 'node_modules/node'))
}
