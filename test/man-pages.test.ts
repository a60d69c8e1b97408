import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { manPages } from '../scripts/man-pages.ts'

describe('the man pages', () => {
  it('are one for each command, with its flags', () => {
    const pages = manPages()
    assert.ok(pages.has('certlet-token-create.8'))
    assert.match(pages.get('certlet-join.8') ?? '', /\\-\\-discovery\\-token\\-ca\\-cert\\-hash/)
  })

  it('are taken by man without a warning', function () {
    if (spawnSync('man', ['--version']).error) {
      console.log('      skipped: there is no man on this machine')
      this.skip()
    }
    for (const [name, page] of manPages()) {
      const args = ['--warnings', '--encoding=UTF-8', '--local-file', '-']
      const { status, stderr, stdout } = spawnSync('man', args, {
        input: page,
        encoding: 'utf8',
        env: { ...process.env, MANWIDTH: '80' },
      })
      assert.equal(status, 0, stderr)
      assert.equal(stderr, '', name)
      assert.match(stdout, /SYNOPSIS/)
    }
  })
})
