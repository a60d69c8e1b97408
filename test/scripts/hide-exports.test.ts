import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { hideExports } from '../../scripts/hide-exports.ts'
import { temporaryFolder } from '../support/folder.ts'

/** Offsets of e_type and e_machine in an ELF file. */
const [TYPE, MACHINE] = [16, 18]

/** What is in libraries, and what is shared with them: streams, the environment, C++'s exceptions and locales. */
const PROGRAM = `
  process.env.SHARED = 'with children'
  const { execFileSync } = require('node:child_process')
  const { DatabaseSync } = require('node:sqlite')
  console.log([
    execFileSync('/bin/sh', ['-c', 'echo $SHARED']).toString().trim(),
    new DatabaseSync(':memory:').prepare('select 6 * 7 as n').get().n,
    require('node:crypto').createHash('sha256').update('a').digest('hex').slice(0, 8),
    new Intl.DateTimeFormat('de', { month: 'long', timeZone: 'UTC' }).format(0),
    require('node:zlib').brotliDecompressSync(require('node:zlib').brotliCompressSync('packed')).toString(),
    new Function('return 1 + 1')(),
  ].join())
  try { new RegExp('(') } catch (error) { console.error(error.name) }`

describe('hiding the exports of an executable', () => {
  const work = temporaryFolder()
  const node = readFileSync(process.execPath)

  it('leaves a program that does the same, and exports nothing of its own', function () {
    this.timeout(60_000)
    const image = Buffer.from(node)
    assert.ok(image.includes('napi_create_function\0'))
    const left = hideExports(image)
    assert.ok(left > 0 && left < 2_000, `${left} names are left`)
    const path = work.file('node')
    writeFileSync(path, image)
    chmodSync(path, 0o755)
    const [before, after] = [process.execPath, path].map((file) => {
      const { status, stdout, stderr } = spawnSync(file, ['-e', PROGRAM], { encoding: 'utf8', env: {} })
      return { status, stdout, stderr }
    })
    assert.deepEqual(after, before)
    assert.equal(after?.stderr, 'SyntaxError\n')
    // ld.so tells of each name that it looks for and where it finds it.
    const { stderr } = spawnSync(path, ['--version'], { encoding: 'utf8', env: { LD_DEBUG: 'bindings' } })
    const own = stderr.split('\n').filter((line) => line.includes(`to ${path} `))
    assert.ok(
      own.some((line) => /`(stdout|__environ|environ)'/.test(line)),
      'libraries find what is taken over from them',
    )
    assert.ok(!own.some((line) => /`(_ZN2v8|_ZN4node|napi_|uv_|SSL_|sqlite3_)/.test(line)), own.slice(0, 5).join('\n'))
  })

  it('refuses what it does not know', () => {
    const refused = (change: (image: Buffer) => void): void => {
      const image = Buffer.from(node)
      change(image)
      const before = Buffer.from(image)
      assert.throws(() => hideExports(image), /This is (no|an) executable/)
      assert.ok(image.equals(before), 'it is as it was')
    }
    refused((image) => image.write('#!/bin/sh'))
    refused((image) => image.writeUInt16LE(3, TYPE)) // linked to any address
    refused((image) => image.writeUInt16LE(243, MACHINE)) // RISC-V
    assert.throws(() => hideExports(Buffer.alloc(0)), /no executable/)
  })
})
