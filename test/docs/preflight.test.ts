import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { CHECKS } from '../../src/preflight/finding.ts'

describe('the page on preflight', () => {
  it('has each check, in the order of the table', () => {
    const page = readFileSync(new URL('../../docs/preflight.md', import.meta.url), 'utf8')
    const [, table = ''] = page.split('\n## Checks\n')
    assert.deepEqual(
      [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name),
      [...CHECKS],
    )
  })
})
