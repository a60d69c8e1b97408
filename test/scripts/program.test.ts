import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOT } from '../../scripts/program/names.ts'
import { temporaryFolder } from '../support/folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the program in parts', () => {
  const work = temporaryFolder()

  /** A node's command with these comes as far as its bootstrap kubeconfig. */
  const missing = (): string[] => [
    ...['--bootstrap-kubeconfig', '/not/there', '--kubeconfig', '/not/there'],
    ...['--cert-dir', work.file('pki')],
  ]

  /** As it is installed. @param change - of the folder of the parts. */
  function told(change: (folder: string) => void): unknown[] {
    const folder = work.file(`copy-${String(Math.random()).slice(2)}`)
    for (const name of ['bin', 'dist/cli.cjs', 'dist/program', 'package.json'])
      cpSync(join(root, name), join(folder, name), { recursive: true })
    change(join(folder, 'dist/program'))
    // Help is not of what a node runs.
    return [['bootstrap', ...missing()], ['--help'], ['rbac']].map((line) => {
      const run = spawnSync(process.execPath, [join(folder, 'bin/certlet.js'), ...line], { encoding: 'utf8' })
      return [run.status, run.stdout, run.stderr]
    })
  }

  it('has a code cache that is taken', () => {
    // In a process of its own: a cache is of V8's flags, too, which other tests may have touched.
    const program = `
      const [text, cachedData] = ['${HOT}', '${HOT}.cache'].map((name) => require('fs').readFileSync(name))
      const script = new (require('vm').Script)(text.toString('latin1'), { filename: '${HOT}', cachedData })
      console.log(script.cachedDataRejected)`
    const { stdout } = spawnSync(process.execPath, ['-e', program], {
      cwd: join(root, 'dist/program'),
      encoding: 'utf8',
    })
    assert.equal(stdout, 'false\n')
  })

  it('does the same without that cache, with one of another Node.js, and with one that is broken', () => {
    const plain = told(() => undefined)
    assert.deepEqual(
      plain.map((run) => (run as unknown[])[0]),
      [2, 0, 0],
    )
    const cacheOf = (folder: string): string => join(folder, `${HOT}.cache`)
    assert.deepEqual(
      told((folder) => {
        rmSync(cacheOf(folder))
      }),
      plain,
    )
    assert.deepEqual(
      told((folder) => {
        writeFileSync(cacheOf(folder), 'not a cache')
      }),
      plain,
    )
    assert.deepEqual(
      told((folder) => {
        // V8 keeps the version that it is of in the second word.
        const bytes = readFileSync(cacheOf(folder))
        bytes.writeUInt32LE((bytes.readUInt32LE(4) ^ 1) >>> 0, 4)
        writeFileSync(cacheOf(folder), bytes)
      }),
      plain,
    )
  })

  it('leaves V8 its interpreter for what a node runs, and its compilers for all else', () => {
    // V8's tag is of its flags, too. An environment of its own: what the tests themselves run under must not be there.
    const hook = work.file('hook.cjs')
    writeFileSync(
      hook,
      `const { cachedDataVersionTag } = require('node:v8')
       const before = cachedDataVersionTag()
       process.on('exit', () => require('node:fs').writeFileSync(process.env.TOLD, String(cachedDataVersionTag() === before)))`,
    )
    const compilersStay = (...line: string[]): string => {
      const told = work.file('told')
      spawnSync(process.execPath, ['--require', hook, join(root, 'bin/certlet.js'), ...line], { env: { TOLD: told } })
      return readFileSync(told, 'utf8')
    }
    assert.equal(compilersStay('bootstrap', ...missing()), 'false')
    assert.equal(compilersStay('run', ...missing(), '--print-config'), 'false')
    for (const line of [[], ['--help'], ['lab', '--help'], ['status', 'run']])
      assert.equal(compilersStay(...line), 'true')
  })

  it('has what nearly no node loads in parts of its own: SOCKS, JSONPath, the lab', () => {
    const files = readdirSync(join(root, 'dist/program')).filter((name) => name.endsWith('.js'))
    for (const text of ['SocksClientError', 'Expected expression after', 'system:kube-scheduler']) {
      const holders = files.filter((name) => readFileSync(join(root, 'dist/program', name), 'latin1').includes(text))
      assert.ok(holders.length > 0 && !holders.includes(HOT), `${text} is in ${holders.join(', ') || 'none'}`)
    }
  })
})
