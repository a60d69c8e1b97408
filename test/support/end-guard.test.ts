import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A run of mocha of its own, with the guard and one leaking test. */
function mochaRun(grep: string): Promise<{ code: number; text: string }> {
  const flags = ['--no-config', '--require', file('fixtures/impatient-guard.ts'), '--fgrep', grep]
  const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'))
  return new Promise((resolve) => {
    execFile(process.execPath, [mocha, ...flags, file('fixtures/leaks.ts')], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, text: stdout + stderr })
    })
  })
}

describe('the guard at the end of the tests', () => {
  it('says nothing when nothing is left open', async () => {
    const { code, text } = await mochaRun('leaks nothing')
    assert.equal(code, 0, text)
    assert.match(text, /1 passing/)
    assert.doesNotMatch(text, /keeps the process alive|left this open/)
  })

  for (const { leak, test, want } of [
    {
      leak: 'a server',
      test: 'leaks a server',
      want: /left this open[^]*server at .*"127\.0\.0\.1".*, opened in "leaks a server"/,
    },
    { leak: 'a timer', test: 'leaks a timer', want: /keeps the process alive:\n(?:.*\n)*? {2}Timeout: 1\n/ },
    {
      leak: 'a server because an after hook failed',
      test: 'when its end fails',
      want: /Error: the end fails[^]*server at .*, opened in "leaks when its end fails"/,
    },
  ]) {
    it(`ends a run which has left ${leak}, with exit code 1 and what it is`, async () => {
      const { code, text } = await mochaRun(test)
      assert.equal(code, 1, text)
      assert.match(text, /1 passing/)
      assert.match(text, want)
    })
  }

  it('kills processes that are left, names them, and fails', async () => {
    const { code, text } = await mochaRun('leaks a process')
    assert.equal(code, 1, text)
    const pid = Number(/process (\d+): .* left-behind, opened in "leaks a process"/.exec(text)?.[1])
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  })
})
