// Makes dist/certlet_VERSION_ARCH.deb with debhelper: the binary, units, man pages, completion, configuration, licences.
import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands } from '../src/cli/commands/index.ts'
import { bashCompletion, zshCompletion } from '../src/cli/completion.ts'
import { version } from '../src/version.ts'
import { buildBinary, versionOf } from './build-binary.ts'
import type { Bundled } from './licences.ts'
import { manPages } from './man-pages.ts'
import { sbom } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** @returns the path of the package. @throws Error when debhelper is not installed. */
export async function buildDeb(packageVersion = version): Promise<string> {
  const { path: binary, packages, node } = await buildBinary()
  const work = mkdtempSync(join(root, 'dist/.deb-'))
  try {
    const source = join(work, 'certlet')
    const write = (name: string, text: string): void => {
      writeFileSync(join(source, name), text)
    }
    mkdirSync(join(source, 'man'), { recursive: true })
    cpSync(join(root, 'packaging/debian'), join(source, 'debian'), { recursive: true })
    for (const folder of ['systemd', 'docs', 'schema'])
      cpSync(join(root, folder), join(source, folder), { recursive: true })
    copyFileSync(join(root, 'README.md'), join(source, 'README.md'))
    renameSync(join(source, 'debian/config.yaml'), join(source, 'config.yaml'))
    copyFileSync(binary, join(source, 'certlet'))
    copyFileSync(join(node, 'LICENSE'), join(source, 'nodejs-notices.txt'))
    for (const [name, text] of manPages()) write(`man/${name}`, text)
    write('debian/certlet.bash-completion', bashCompletion(commands))
    write('_certlet', zshCompletion(commands))
    write('debian/copyright', copyright(packages))
    write('certlet.cdx.json', sbom(packages, versionOf(node)))
    write('debian/changelog', changelog(packageVersion))
    try {
      execFileSync('dpkg-buildpackage', ['-b', '-us', '-uc'], { cwd: source, encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string }
      if (code === 'ENOENT' || stderr.includes('Unmet build dependencies'))
        throw new Error('debhelper is needed: apt-get install debhelper', { cause: error })
      throw new Error(stderr, { cause: error })
    }
    const made = readdirSync(work).find((name) => name.endsWith('.deb')) ?? ''
    renameSync(join(work, made), join(root, 'dist', made))
    return join(root, 'dist', made)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Date of the newest commit, so that the same source gives the same package. */
function changelog(packageVersion: string): string {
  const date = execFileSync('git', ['log', '-1', '--format=%cD'], { cwd: root, encoding: 'utf8' }).trim()
  return `certlet (${packageVersion}) unstable; urgency=medium

  * Release ${packageVersion}; what is new stands in CHANGELOG.md of the source.

 -- certlet maintainers <maintainers@certlet.invalid>  ${date}
`
}

/** Apache's licence is on every Debian system; the others stand here, each text once. */
function copyright(packages: readonly Bundled[]): string {
  const texts = Map.groupBy(packages, ({ licence, text }) => (licence === 'Apache-2.0' ? undefined : text))
  const list = (some: readonly Bundled[]): string =>
    some.map(({ name, version: one, licence }) => `  ${name} ${one} (${licence})`).join('\n')
  const others = [...texts].filter(([text]) => text !== undefined)
  return `certlet is under the Apache License, Version 2.0. On Debian systems its text is in /usr/share/common-licenses/Apache-2.0.

/usr/bin/certlet holds Node.js, whose notices are in nodejs-notices.txt.gz beside this file, and these packages.

Under the Apache License, Version 2.0, or without a licence file of their own:

${list(texts.get(undefined) ?? [])}

${others.map(([text, some]) => `${list(some)}\n\n${(text ?? '').trim().replaceAll(/^/gm, '    ')}\n`).join('\n')}`
}

if (import.meta.main) console.log(await buildDeb())
