import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkout } from './support/checkout.ts'
import { temporaryFolder } from './support/folder.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
> & { readonly version: string }
const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as {
  packages: Record<string, { version: string; license?: string; dev?: boolean; integrity?: string }>
}

describe('the supply chain', function () {
  this.timeout(120_000)
  const work = temporaryFolder()

  it('makes the same bundle and the same bill of materials in another folder, time zone, language and umask', async () => {
    const build = async (folder: string, env: Record<string, string>, umask: string): Promise<Map<string, string>> => {
      const { PATH = '' } = process.env
      const line = `umask ${umask}; exec "$0" scripts/build.ts`
      await run('sh', ['-c', line, process.execPath], { cwd: folder, env: { PATH, ...env } })
      const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).sort()
      return new Map(
        files
          .map((file) => [file, join(folder, 'dist', file)] as const)
          .filter(([, path]) => statSync(path).isFile())
          .map(([file, path]) => [file, readFileSync(path, 'latin1')]),
      )
    }
    checkout(work.file('one'))
    const one = await build(work.file('one'), { TZ: 'UTC', LANG: 'C' }, '022')
    mkdirSync(work.file('other'))
    renameSync(work.file('one'), work.file('other/and deeper'))
    const elsewhere = { TZ: 'Pacific/Auckland', LANG: 'de_DE.UTF-8' }
    const other = await build(work.file('other/and deeper'), elsewhere, '077')
    assert.ok(one.size > 5)
    assert.deepEqual([...other.keys()], [...one.keys()])
    for (const [name, text] of one) assert.ok(other.get(name) === text, `${name} differs`)
    for (const text of one.values()) assert.ok(!text.includes(work.path), 'no path of the machine is in it')
    assertBill(one.get('certlet.cdx.json') ?? '')
  })

  /** As CycloneDX 1.6 has it, and true. */
  function assertBill(text: string): void {
    const bill = JSON.parse(text) as {
      bomFormat: string
      specVersion: string
      metadata: { component: { name: string; version: string } }
      components: Record<'name' | 'version' | 'purl', string>[] &
        { licenses: unknown[]; hashes: { content: string }[] }[]
      dependencies: { ref: string; dependsOn?: string[] }[]
    }
    assert.deepEqual([bill.bomFormat, bill.specVersion], ['CycloneDX', '1.6'])
    assert.equal(bill.metadata.component.version, manifest.version)
    const names = bill.components.map(({ name }) => name)
    assert.equal(new Set(bill.components.map(({ purl }) => purl)).size, names.length, 'each package once')
    for (const name of ['@kubernetes/client-node', '@peculiar/x509', 'yargs', 'js-yaml'])
      assert.ok(names.includes(name))
    for (const name of ['mocha', 'fast-check', 'esbuild']) assert.ok(!names.includes(name), `${name} does not ship`)
    for (const { name, version, purl, licenses, hashes } of bill.components) {
      const locked = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`))
      const found = locked.find(([, one]) => one.version === version)?.[1]
      assert.ok(found, `${name} ${version} is in the lock file`)
      assert.equal(purl, `pkg:npm/${name.replace('@', '%40')}@${version}`)
      assert.equal(licenses.length, 1)
      assert.equal(`sha512-${Buffer.from(hashes[0]?.content ?? '', 'hex').toString('base64')}`, found.integrity)
    }
    const own = bill.dependencies.find(({ ref }) => ref === `certlet@${manifest.version}`)
    assert.equal(own?.dependsOn?.length, bill.components.length)
  }

  it('has a reason for each package, and what would replace it, in docs/dependencies.md', () => {
    const page = readFileSync(`${root}docs/dependencies.md`, 'utf8')
    const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|/gm)]
    const second = page.indexOf('## In development alone')
    const named = (ships: boolean): string[] =>
      rows.flatMap(({ 1: name = '', index }) => (index < second === ships ? [name] : [])).sort()
    assert.deepEqual(named(true), Object.keys(manifest.dependencies).sort(), 'a row for each dependency, and no other')
    assert.deepEqual(named(false), Object.keys(manifest.devDependencies).sort(), 'and one for each of development')
    for (const [, name = '', licence = '', what = '', instead = ''] of rows) {
      const { license } = JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, 'utf8')) as {
        license: string
      }
      assert.equal(licence.trim(), license, `licence of ${name}`)
      assert.ok(what.trim().length > 10 && instead.trim().length > 10, `${name} has its reason`)
    }
  })

  it('names each version exactly, and locks each package by its content', () => {
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies }))
      assert.match(version, /^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/)
    for (const [path, { integrity }] of Object.entries(lock.packages))
      if (path !== '') assert.match(integrity ?? '', /^sha512-/, path)
  })

  it('ships nothing under a licence that asks for more than to be named', () => {
    const known = [
      'MIT',
      'ISC',
      'Apache-2.0',
      'BSD-2-Clause',
      'BSD-3-Clause',
      '0BSD',
      'Unlicense',
      'PSF-2.0',
      '(MIT AND Zlib)',
    ]
    for (const [path, { dev, license }] of Object.entries(lock.packages))
      if (path !== '' && dev !== true) assert.ok(known.includes(license ?? ''), `${path}: ${license ?? 'none'}`)
  })
})
