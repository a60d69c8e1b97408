import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AgentEvent } from '../../src/agent/report.ts'
import type { Purpose } from '../../src/csr/constants.ts'
import { createLog } from '../../src/log.ts'
import { hookCommand, onRotate, type OnRotate } from '../../src/service/on-rotate.ts'
import { until } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'
import { credentialReport } from '../support/report.ts'

describe('--on-rotate', () => {
  for (const [given, want] of [
    ['systemctl reload nginx', ['systemctl', 'reload', 'nginx']],
    [`touch "/a b" 'c d' e\\ f`, ['touch', '/a b', 'c d', 'e\\', 'f']],
    ['echo $HOME | cat', ['echo', '$HOME', '|', 'cat']],
    [['systemctl reload nginx'], ['systemctl', 'reload', 'nginx']],
    [
      ['touch', '/a b'],
      ['touch', '/a b'],
    ],
  ] as const) {
    it(`reads ${JSON.stringify(given)}`, () => {
      assert.deepEqual(hookCommand(given), want)
    })
  }
  for (const given of ['', '  ', [], undefined]) {
    it(`refuses ${given === undefined ? 'nothing' : JSON.stringify(given)}`, () => {
      assert.throws(() => hookCommand(given ?? ''), { code: 'USAGE' })
    })
  }
})

describe('the command of --on-rotate', () => {
  const folder = temporaryFolder()
  const { certificate } = credentialReport()
  assert.ok(certificate)
  const rotated = (purpose: Purpose): AgentEvent => ({
    kind: 'rotated',
    purpose,
    currentPath: `/pki/${purpose}.pem`,
    pairPath: '/p',
    certificate,
  })

  /** A hook whose command is a script in the test's folder. */
  function hook(script: string, timeMs = 5_000): { lines: string[]; observer: OnRotate; stop: AbortController } {
    const program = folder.file('hook')
    writeFileSync(program, `#!/bin/sh\nstarted_in=$PWD\ncd ${folder.path}\n${script}\n`)
    chmodSync(program, 0o755)
    const lines: string[] = []
    const stop = new AbortController()
    const observer = onRotate({
      command: [program, 'a b'],
      limits: { timeMs, graceMs: 100, lastGraceMs: 100 },
      nodeName: 'n1',
      kubeconfigPath: '/k.conf',
      path: process.env['PATH'] ?? '',
      log: createLog((line) => lines.push(line), { format: 'text', least: 'info', now: () => new Date(0) }),
      signal: stop.signal,
    })
    return { lines, observer, stop }
  }
  const read = (name: string): string => readFileSync(folder.file(name), 'utf8')

  it('row 27: is told what changed in its environment, and sees nothing else of ours', async () => {
    const { observer, lines } = hook(
      'env | grep -v -e ^PWD -e ^OLDPWD -e ^SHLVL -e ^_= | sort >env; echo "$1 in $started_in" >args',
    )
    observer.happened(rotated('serving'))
    await observer.idle()
    assert.deepEqual(read('env').trim().split('\n'), [
      'CERTLET_CERTIFICATE=/pki/serving.pem',
      'CERTLET_KEY=/pki/serving.pem',
      'CERTLET_KUBECONFIG=/k.conf',
      'CERTLET_NODE=n1',
      'CERTLET_NOT_AFTER=2026-01-02T12:00:00.000Z',
      'CERTLET_PURPOSE=serving',
      `PATH=${process.env['PATH'] ?? ''}`,
    ])
    assert.equal(read('args'), 'a b in /\n')
    assert.match(lines.at(-1) ?? '', /^the command of --on-rotate has run/)
  })

  it('never runs twice at once; of rotations meanwhile the latest of each purpose counts', async () => {
    const { observer } = hook(`
      echo "start $CERTLET_PURPOSE" >>log
      while [ ! -e go ]; do sleep 0.01; done
      echo "end $CERTLET_PURPOSE" >>log`)
    observer.happened(rotated('client'))
    await until(() => existsSync(folder.file('log')), 'the first run')
    for (const purpose of ['client', 'serving', 'client', 'client'] as const) observer.happened(rotated(purpose))
    writeFileSync(folder.file('go'), '')
    await observer.idle()
    assert.deepEqual(read('log').trim().split('\n'), [
      ...['start client', 'end client'],
      ...['start client', 'end client'],
      ...['start serving', 'end serving'],
    ])
  })

  it('ends with its children when its time is over', async () => {
    const { observer, lines } = hook(
      'trap "" TERM; (trap "" TERM; sleep 0.6; touch late) & echo begun; sleep 0.6; touch late',
      100,
    )
    observer.happened(rotated('client'))
    await observer.idle()
    assert.match(lines.join(''), /says .*text=begun/)
    assert.match(lines.at(-1) ?? '', /^warning: the command of --on-rotate failed .*not done within 0.1 s/)
    await new Promise((resolve) => setTimeout(resolve, 700))
    assert.ok(!existsSync(folder.file('late')))
  })

  it('ends when certlet ends', async () => {
    const { observer, stop } = hook('touch begun; exec sleep 30')
    observer.happened(rotated('client'))
    observer.happened(rotated('serving'))
    await until(() => existsSync(folder.file('begun')), 'the run')
    stop.abort()
    await observer.idle()
  })

  it('does not hold certlet up with what it leaves running', async () => {
    const { observer } = hook('sleep 5 & touch done')
    const startedAt = performance.now()
    observer.happened(rotated('client'))
    await observer.idle()
    assert.ok(performance.now() - startedAt < 3_000)
  })

  for (const [script, reason] of [
    ['exit 3', 'exit code 3'],
    ['kill -9 $$', 'ended by SIGKILL'],
  ] as const) {
    it(`is reported when it fails: ${reason}`, async () => {
      const { observer, lines } = hook(script)
      observer.happened(rotated('client'))
      await observer.idle()
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', new RegExp(`^warning: the command of --on-rotate failed .*reason=${reason}`))
    })
  }

  it('is reported when there is no such program', async () => {
    const { observer, lines } = hook('')
    chmodSync(folder.file('hook'), 0o644)
    observer.happened(rotated('client'))
    await observer.idle()
    assert.match(lines[0] ?? '', /cannot be started \(EACCES\)/)
  })

  it('has its output passed on, bounded in lines and length', async () => {
    const { observer, lines } = hook('seq 1 150; head -c 5000 /dev/zero | tr "\\0" x >&2')
    observer.happened(rotated('client'))
    await observer.idle()
    const said = lines.filter((line) => line.includes(' says '))
    assert.equal(said.length, 101)
    assert.match(said.at(-1) ?? '', /51 more lines are left out/)
    assert.ok(said.every((line) => line.length < 1_200))
  })
})
