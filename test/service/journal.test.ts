import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fstatSync, openSync, readFileSync } from 'node:fs'
import { journalLine, leadsToJournal } from '../../src/service/journal.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('the journal', () => {
  const folder = temporaryFolder()

  it('is where standard error leads if device and inode are those of $JOURNAL_STREAM', () => {
    assert.ok(leadsToJournal('9:161156', { dev: 9, ino: 161_156 }))
    assert.ok(!leadsToJournal('9:161156', { dev: 9, ino: 161_157 }))
    assert.ok(!leadsToJournal(undefined, { dev: 9, ino: 161_156 }))
  })

  it('gets the priority of each line', () => {
    assert.equal(journalLine('careful\n', 'warn'), '<4>careful\n')
  })

  for (const format of ['text', 'json']) {
    it(`finds every line of a failed command by its priority (${format})`, async () => {
      const path = folder.file('journal')
      const descriptor = openSync(path, 'w')
      const { dev, ino } = fstatSync(descriptor)
      const bin = fileURLToPath(new URL('../../bin/certlet.js', import.meta.url))
      const flags = ['bootstrap', '--bootstrap-kubeconfig', '/nowhere', '--cert-dir', folder.file('pki')]
      const child = spawn(process.execPath, [bin, ...flags, '--kubeconfig', folder.file('k'), '--log-format', format], {
        env: { JOURNAL_STREAM: `${dev}:${ino}` },
        stdio: ['ignore', 'ignore', descriptor],
      })
      assert.equal(await new Promise((resolve) => child.once('close', resolve)), 2)
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
      assert.ok(lines.length > 0)
      for (const line of lines) assert.match(line, format === 'json' ? /^<3>\{"time":/ : /^<3>(error|hint): /)
    })
  }
})
