import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import type { AuditEvent } from '../../src/lab/index.ts'
import { certlet, secret, start, until } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'
import { labIn, send } from '../support/lab-client.ts'

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
    { title: 'a folder that is not there', args: ['--audit-log', '/no/audit.log'], want: /--audit-log .+\(ENOENT\)/ },
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

  it('logs requests, and writes audit events that only the owner can read', async () => {
    writeFileSync(folder.file('faults.yaml'), '- fault: status\n  code: 503\n  path: /version\n')
    await using running = start([
      ...[
        'lab',
        '--dir',
        folder.path,
        '--token',
        secret('markd0.0123456789abcdef'),
        '--faults',
        folder.file('faults.yaml'),
      ],
      ...['--request-log', '--audit-log', folder.file('audit.log'), '--log-format', 'json'],
    ])
    let shown = ''
    running.child.stdout?.on('data', (text: string) => (shown += text))
    await until(() => shown.includes('get csr'), 'the lab')
    const lab = labIn(readFileSync(folder.file('bootstrap-kubelet.conf'), 'utf8'))
    assert.equal((await send(lab, 'GET', '/version')).status, 503)
    await until(() => readFileSync(folder.file('audit.log'), 'utf8').includes('\n'), 'an audit event')
    running.child.kill('SIGTERM')
    const { stderr } = await running.done
    const line = stderr.split('\n').find((one) => one.includes('"request"')) ?? ''
    const { time: _, ms: __, ...logged } = JSON.parse(line) as Record<string, unknown>
    const want = { level: 'info', msg: 'request', user: 'system:bootstrap:markd0', verb: 'get', what: '/version' }
    assert.deepEqual(logged, { ...want, status: 503, faults: ['status'] })
    const event = JSON.parse(readFileSync(folder.file('audit.log'), 'utf8').split('\n')[0] ?? '') as AuditEvent
    assert.equal(event.requestURI, '/version')
    assert.equal(statSync(folder.file('audit.log')).mode & 0o777, 0o600)
  })

  it('keeps the link of its page to its owner, and refuses a port that is taken', async () => {
    await using running = start(['lab', '--ui', '--dir', folder.path, '--token', secret('markd0.0123456789abcdef')])
    let shown = ''
    running.child.stdout?.on('data', (text: string) => (shown += text))
    await until(() => shown.includes('get csr'), 'the lab')
    const link = readFileSync(folder.file('page-link'), 'utf8').trim()
    assert.equal(/^page +(\S+)$/m.exec(shown)?.[1], link)
    assert.equal(statSync(folder.file('page-link')).mode & 0o777, 0o600)
    const page = await fetch(link)
    assert.match(await page.text(), /<script type="module" src="page.js">/)
    const second = await certlet(['lab', '--ui', '--ui-port', new URL(link).port, '--dir', folder.path])
    assert.equal(second.code, 2)
    assert.match(second.stderr, /--ui-port \d+ is taken/)
    running.child.kill('SIGTERM')
    assert.equal((await running.done).code, 0)
  })

  it('runs with every flag about approving and signing until it is interrupted', async () => {
    writeFileSync(folder.file('rules.yaml'), '- verdict: ignore\n')
    await using running = start([
      ...['lab', '--dir', folder.path, '--token', secret('markd0.0123456789abcdef')],
      ...['--approve', 'none', '--approval-rules', folder.file('rules.yaml'), '--approve-serving'],
      ...['--sign', 'off', '--signing-duration', '1h', '--signing-delay', '1s', '--not-before-offset', '-1m'],
      ...['--signing-fault', 'chain'],
    ])
    let shown = ''
    running.child.stdout?.on('data', (text: string) => (shown += text))
    await until(() => shown.includes('get csr'), 'the lab')
    running.child.kill('SIGTERM')
    assert.equal((await running.done).code, 0)
  })
})
