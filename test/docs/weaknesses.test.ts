import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}/docs/weaknesses.md`, 'utf8')

describe('the page on weaknesses', () => {
  const sources = globSync(`${root}/test/**/*.test.ts`)
    .filter((path) => !path.endsWith('/docs/weaknesses.test.ts'))
    .map((path) => readFileSync(path, 'utf8'))
  const rows = page.split('\n').filter((line) => /^\|\s+\d+\s+\|/.test(line))

  it('has a row for each weakness that applies', () => {
    const numbers = rows.map((row) => Number(row.split('|')[1]))
    for (let number = 1; number <= 28; number++) assert.ok(numbers.includes(number), `row ${number}`)
  })

  for (const row of rows) {
    const number = row.split('|')[1]?.trim() ?? ''
    it(`names tests of weakness ${number} that exist`, () => {
      const titles = [...row.matchAll(/`(row \d+: [^`]+)`/g)].map(([, title = '']) => title)
      assert.ok(titles.length > 0)
      for (const title of titles) {
        assert.ok(title.startsWith(`row ${number}: `), title)
        assert.ok(
          sources.some((source) => source.includes(title)),
          title,
        )
      }
    })
  }
})
