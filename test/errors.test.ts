import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { errorsPage } from '../scripts/errors-page.ts'
import { failures } from '../src/errors.ts'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

describe('the pages on errors', () => {
  it('docs/errors.md is the table of the code', () => {
    assert.equal(read('docs/errors.md'), errorsPage())
  })

  it('the README has every exit code', () => {
    const codes = new Set(Object.values(failures).map(({ exit }) => exit))
    for (const code of codes) assert.match(read('README.md'), new RegExp(`^\\| ${code} \\|`, 'm'))
  })
})
