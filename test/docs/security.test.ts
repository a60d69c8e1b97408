import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}SECURITY.md`, 'utf8')

/** Rows of the tables: what is said, and the test that is named for it. */
const rows = [...page.matchAll(/^\| \*\*(holds|does not hold):\*\* (.+?) \| ?(.*?) ?\|$/gm)].map(
  ([, verdict, claim = '', shown = '']) => ({ verdict, claim, shown }),
)

describe('SECURITY.md', function () {
  this.timeout(60_000)

  it('names a test for all that holds, and each test is there', async () => {
    const named = rows
      .filter(({ verdict }) => verdict === 'holds')
      .map(({ claim, shown }) => {
        const [, file = '', title = ''] = /^`(test\/[^`]+)`: (.+)$/.exec(shown) ?? []
        assert.notEqual(title, '', `there is no test for: ${claim}`)
        return { file, title }
      })
    assert.ok(named.length > 20)
    const files = [...new Set(named.map(({ file }) => file))]
    const args = ['node_modules/mocha/bin/mocha.js', '--no-config', '--dry-run', '--reporter', 'json', ...files]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
    const { tests } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { tests: { file: string; fullTitle: string }[] }
    for (const { file, title } of named) {
      const there = tests.some((test) => test.file === `${root}${file}` && test.fullTitle.includes(title))
      assert.ok(there, `${file} has no test "${title}"`)
    }
  })

  it('says of each attacker what holds and what does not', () => {
    const sections = page.split(/^### /m).slice(1)
    assert.deepEqual(
      sections.map((section) => section.split('\n')[0]),
      [
        'Somebody who has a token',
        'Another tenant of the node',
        'An approver or signer that is malicious, careless or broken',
        'An API server that is hostile, or whoever stands before it',
        'A stolen or copied disk',
        'What certlet is made of',
      ],
    )
    for (const section of sections) {
      assert.match(section, /\*\*holds:\*\*/)
      assert.match(section, /\*\*does not hold:\*\*/)
    }
  })
})
