import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { certlet, secret, start, until } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('certlet lab', () => {
  const folder = temporaryFolder()

  for (const { title, args, want } of [
    {
      title: 'a delay that is none',
      args: ['--signing-delay', 'soon'],
      want: /--signing-delay "soon" is not a duration/,
    },
    { title: 'an offset that is none', args: ['--not-before-offset', '5'], want: /--not-before-offset "5"/ },
    { title: 'a fault that there is not', args: ['--signing-fault', 'all'], want: /Choices: "other-key"/ },
    { title: 'neither on nor off', args: ['--sign', 'maybe'], want: /Choices: "on", "off"/ },
    { title: 'a file that is not there', args: ['--approval-rules', '/no/rules.yaml'], want: /\(ENOENT\)/ },
  ]) {
    it(`refuses ${title} with exit code 2 and a hint`, async () => {
      const { code, stdout, stderr } = await certlet(['lab', ...args])
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, want)
      assert.match(stderr, /^hint: /m)
    })
  }

  it('tells file, line and field of a mistake in the approval rules', async () => {
    writeFileSync(folder.file('rules.yaml'), '- verdict: approve\n- verdict: perhaps\n')
    const { code, stderr } = await certlet(['lab', '--approval-rules', folder.file('rules.yaml')])
    assert.equal(code, 2)
    assert.match(stderr, /rules\.yaml, line 2, 1\.verdict: expected /)
  })

  it('runs with every flag about approving and signing until it is interrupted', async () => {
    writeFileSync(folder.file('rules.yaml'), '- verdict: ignore\n')
    const { child, done } = start([
      ...['lab', '--dir', folder.path, '--token', secret('abcdef.0123456789abcdef')],
      ...['--approve', 'none', '--approval-rules', folder.file('rules.yaml'), '--approve-serving'],
      ...['--sign', 'off', '--signing-duration', '1h', '--signing-delay', '1s', '--not-before-offset', '-1m'],
      ...['--signing-fault', 'chain'],
    ])
    let shown = ''
    child.stdout?.on('data', (text: string) => (shown += text))
    await until(() => shown.includes('get csr'), 'the lab')
    child.kill('SIGTERM')
    assert.equal((await done).code, 0)
  })
})
