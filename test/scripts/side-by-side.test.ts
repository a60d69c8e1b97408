import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/folder.ts'

const script = fileURLToPath(new URL('../../scripts/side-by-side.ts', import.meta.url))

describe('command lines side by side', () => {
  const folder = temporaryFolder()

  function run(...lines: string[]): Promise<{ code: number; stdout: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [script, ...lines], (error, stdout) => {
        resolve({ code: error ? Number(error.code) : 0, stdout })
      })
    })
  }

  it('run at the same time, and pass if all do', async () => {
    // Each waits for what the other one makes.
    const meet = (mine: string, other: string): string =>
      `touch ${folder.file(mine)}; until [ -e ${folder.file(other)} ]; do sleep 0.02; done; echo ${mine} met ${other}`
    const { code, stdout } = await run(meet('a', 'b'), meet('b', 'a'))
    assert.equal(code, 0)
    assert.match(stdout, /a met b\npassed: /)
    assert.match(stdout, /b met a\npassed: /)
  })

  it('fail if one of them does; the others come to their end, and each has its words together', async () => {
    const { code, stdout } = await run('echo one; echo two >&2; false', 'sleep 0.1; echo late')
    assert.equal(code, 1)
    assert.match(stdout, /^one\ntwo\nFAILED: /m)
    assert.match(stdout, /^late\npassed: /m)
  })
})
