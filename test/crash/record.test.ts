import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Point } from './fault.ts'
import { commandDigest, openRecord } from './record.ts'
import type { Outcome } from './strike.ts'

describe('the record of a long run', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'certlet-test-'))
    file = join(folder, 'points.jsonl')
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  const point = (occurrence: number): Point => ({
    call: { name: 'write', target: 'pki/x', occurrence, count: occurrence + 7 },
    fault: 'EIO',
  })
  const outcome = (occurrence: number, faults: string[] = []): Outcome => ({
    ...{ point: point(occurrence), reached: true, struck: point(occurrence).call, end: 'exit 7', faults, looks: 3 },
  })

  it('gives back what an earlier run found out, also of another count of the same call', () => {
    const first = openRecord(file, 'one')
    first.add('rotation', outcome(1))
    first.add('rotation', outcome(2, ['no pair is in use']))
    const second = openRecord(file, 'one')
    assert.deepEqual(second.known('rotation', point(1)), outcome(1))
    const moved = { ...point(2), call: { ...point(2).call, count: 99 } }
    assert.deepEqual(second.known('rotation', moved)?.faults, ['no pair is in use'])
    assert.equal(second.known('rotation', point(3)), undefined)
    assert.equal(second.known('serving', point(1)), undefined)
    assert.equal(second.known('rotation', { ...point(1), fault: 'ENOSPC' }), undefined)
  })

  it('loses no more than the point that was being written when it was killed', () => {
    openRecord(file, 'one').add('rotation', outcome(1))
    appendFileSync(file, '{"scenario":"rotation","outc')
    const next = openRecord(file, 'one')
    assert.deepEqual(next.known('rotation', point(1)), outcome(1))
    next.add('rotation', outcome(2))
    assert.deepEqual(openRecord(file, 'one').known('rotation', point(2)), outcome(2))
    assert.equal(readFileSync(file, 'utf8').split('\n').length, 4)
  })

  it('is of one build of the command and one Node.js', () => {
    openRecord(file, 'one').add('rotation', outcome(1))
    const before = readFileSync(file, 'utf8')
    assert.throws(() => openRecord(file, 'another'), /another build of certlet/)
    assert.throws(() => openRecord(file, 'one', '1.2.3'), /another Node\.js/)
    assert.equal(readFileSync(file, 'utf8'), before)
  })

  it('knows builds by the names and the content of what is in dist/', () => {
    const digestOf = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      const digest = commandDigest(`${folder}/`)
      rmSync(join(folder, name))
      return digest
    }
    assert.equal(digestOf('cli.js', 'a'), digestOf('cli.js', 'a'))
    assert.notEqual(digestOf('cli.js', 'a'), digestOf('cli.js', 'b'))
    assert.notEqual(digestOf('cli.js', 'a'), digestOf('lab.js', 'a'))
  })
})
