import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suitesPage } from '../../scripts/suites-page.ts'

describe('the page on the built-in suites', () => {
  it('docs/probe-suites.md is what they are and what is expected of them', async () => {
    const page = readFileSync(new URL('../../docs/probe-suites.md', import.meta.url), 'utf8')
    assert.equal(page, await suitesPage(), 'run: npm run suites-page')
  })
})
