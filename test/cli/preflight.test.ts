import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describeFindings } from '../../src/cli/preflight-report.ts'
import { pinOf, pinText } from '../../src/discovery/ca-pins.ts'
import { CHECKS, fail, ok, warn } from '../../src/preflight/finding.ts'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { certlet, csrs, type Run, sandbox, type Sandbox, until } from '../support/command.ts'

interface Report {
  readonly node: string
  readonly verdict: string
  readonly checks: { name: string; verdict: string; seen: string; fix: string | null; code: string | null }[]
  readonly fixed: string[]
}

function preflight(node: Sandbox, ...more: string[]): Promise<Run> {
  return certlet(['preflight', ...node.flags(...more).slice(1)])
}

async function reported(node: Sandbox, ...more: string[]): Promise<Report & { code: number | null }> {
  const { code, stdout, stderr } = await preflight(node, '-o', 'json', ...more)
  assert.notEqual(stdout, '', stderr)
  return { ...(JSON.parse(stdout) as Report), code }
}

const ofCheck = ({ checks }: Report, name: string): Report['checks'][number] | undefined =>
  checks.find((check) => check.name === name)

/** Flags of a join whose files are all in the sandbox. */
function joinFlags(node: Sandbox, pin = pinText(pinOf(new X509Certificate(node.lab.caPem)))): string[] {
  writeFileSync(node.path('token'), node.lab.token, { mode: 0o600 })
  return [
    ...[node.lab.url, '--token-file', node.path('token'), '--discovery-token-ca-cert-hash', pin],
    ...['--kubeconfig', node.path('kubelet.conf'), '--cert-dir', node.path('pki'), '--ca-cert', node.path('ca.crt')],
    ...['--hostname-override', 'n1'],
  ]
}

describe('certlet preflight', () => {
  it('shows a table, says what to do, and writes nothing', async () => {
    await using node = await sandbox()
    const { code, stdout, stderr } = await preflight(node, '--serving')
    assert.equal(code, 0, stderr)
    for (const name of CHECKS.filter((check) => check !== 'discovery')) {
      assert.match(stdout, new RegExp(`^(ok|warn|skipped) +${name} `, 'm'))
    }
    assert.match(stdout, /^ +fix: run an approver/m)
    assert.match(stdout, /\nNothing stands in the way; \d to look at\.\n$/)
    assert.doesNotMatch(stdout, /\u001b/)
    assert.deepEqual(readdirSync(node.dir), ['bootstrap.conf'])
    assert.equal((await csrs(node.lab)).length, 0)
  })

  it('ends with the exit code of the first failure, and has all of it as JSON and YAML', async () => {
    await using node = await sandbox()
    const token = 'zzzzzz.0123456789abcdef'
    writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig({ token }), { mode: 0o600 })
    const report = await reported(node)
    assert.equal(report.code, 6)
    assert.deepEqual([report.node, report.verdict, report.fixed], ['n1', 'fail', []])
    const failed = report.checks.filter(({ verdict }) => verdict === 'fail')
    assert.deepEqual(
      failed.map(({ name, code }) => [name, code]),
      [['token', 'UNAUTHORIZED']],
    )
    assert.match(failed[0]?.fix ?? '', /make a new one/)
    const yaml = await preflight(node, '-o', 'yaml')
    assert.match(yaml.stdout, /^node: n1\nverdict: fail\nchecks:\n {2}- name: node-name\n/)
    assert.equal(yaml.code, 6)
  })

  it('puts right what it can with --fix, and nothing without', async () => {
    await using node = await sandbox()
    chmodSync(node.path('bootstrap.conf'), 0o644)
    const before = await reported(node)
    assert.equal(ofCheck(before, 'bootstrap-file')?.verdict, 'warn')
    assert.equal(statSync(node.path('bootstrap.conf')).mode & 0o777, 0o644)
    const after = await reported(node, '--fix')
    assert.equal(ofCheck(after, 'bootstrap-file')?.verdict, 'ok')
    assert.equal(after.fixed.length, 2)
    assert.equal(statSync(node.path('bootstrap.conf')).mode & 0o777, 0o600)
    assert.equal(statSync(node.path('pki')).mode & 0o777, 0o700)
  })

  it('looks as join does at HOST:PORT, token and pin', async () => {
    await using node = await sandbox()
    const { code, stdout } = await certlet(['preflight', ...joinFlags(node)])
    assert.equal(code, 0)
    assert.match(stdout, /^ok +discovery +the cluster is at https:/m)
    assert.match(stdout, /^ok +token /m)
    assert.doesNotMatch(stdout, /bootstrap-file/)
    assert.deepEqual(readdirSync(node.dir).sort(), ['bootstrap.conf', 'token'])
  })

  it('looks at the address itself where discovery fails', async () => {
    await using node = await sandbox()
    const { code, stdout } = await certlet(['preflight', ...joinFlags(node, `sha256:${'0'.repeat(64)}`)])
    assert.equal(code, 5)
    assert.match(stdout, /^skipped +tls +nothing says whom to trust yet/m)
    assert.match(stdout, /^fail +discovery +Cannot trust this cluster/m)
    assert.match(stdout, /^skipped +token +not made: see discovery/m)
  })

  it('sees another certlet at work', async () => {
    await using node = await sandbox()
    mkdirSync(node.path('pki'))
    using _lock = await lockFolder(node.path('pki'))
    const report = await reported(node)
    assert.equal(report.code, 8)
    assert.equal(ofCheck(report, 'at-work')?.code, 'LOCKED')
  })

  it('sees a kubelet that runs', async () => {
    await using node = await sandbox()
    copyFileSync('/bin/sleep', node.path('kubelet'))
    const kubelet = spawn(node.path('kubelet'), ['60'], { stdio: 'ignore' })
    try {
      await until(() => readFileSync(`/proc/${kubelet.pid ?? 0}/comm`, 'utf8') === 'kubelet\n', 'the kubelet')
      const check = ofCheck(await reported(node), 'at-work')
      assert.equal(check?.verdict, 'warn')
      assert.match(check.seen, new RegExp(`\\b${kubelet.pid ?? 0}\\b`))
    } finally {
      kubelet.kill('SIGKILL')
    }
  })

  it('fits 80 columns, and lets nobody’s words move the cursor', () => {
    const long = fail('approval', 'FORBIDDEN', `x\u001b[2Jy ${'sha256:'.padEnd(71, '0')} ${'word '.repeat(30)}`)
    const text = describeFindings([ok('dns', 'found'), long], { paint: (tone, word) => `<${tone}>${word}`, width: 80 })
    const lines = text.replaceAll(/<[a-z]+>/g, '').split('\n')
    assert.ok(lines.every((line) => line.length <= 80))
    assert.match(text, /^<good>ok {7}dns {7}found\n<bad>fail {5}approval {2}x \[2Jy\n/)
    assert.match(text, /\n {19}fix: let an administrator grant/)
  })

  it('keeps each fix in a line where there is no terminal, to be copied', () => {
    const finding = warn('approval', 'seen', `grant it: ${'word '.repeat(30)}`)
    assert.equal(describeFindings([finding], { paint: (_, word) => word, width: undefined }).split('\n').length, 5)
  })
})

describe('bootstrap and join look first,', () => {
  it('before a request is made, whether its certificate could be kept', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('file'), '')
    const args = node.flags('--kubeconfig', node.path('file/kubelet.conf'), '--log-format', 'json')
    const { code, stderr } = await certlet(args)
    assert.equal(code, 7)
    assert.match(stderr, /"code":"DISK_FOREIGN"/)
    assert.deepEqual(node.posts(), [])
    const skipped = await certlet([...args, '--skip-preflight'])
    assert.equal(skipped.code, 7)
    assert.equal(node.posts().filter((name) => name === 'certificatesigningrequests').length, 1)
  })

  it('at no cost in requests while all goes well', async () => {
    await using node = await sandbox()
    await using other = await sandbox()
    assert.equal((await node.bootstrap()).code, 0)
    assert.equal((await other.bootstrap('--skip-preflight')).code, 0)
    assert.deepEqual(node.posts(), other.posts())
    assert.ok(!node.lab.requests.some(({ path }) => path === '/version'))
  })

  it('and closer at a token that is refused', async () => {
    await using node = await sandbox()
    const token = 'zzzzzz.0123456789abcdef'
    writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig({ token }), { mode: 0o600 })
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 6)
    assert.match(
      stderr,
      /warning: the API server does not accept it \(401\): there is no token of the id "zzzzzz".*preflight=token/,
    )
    const skipped = await node.bootstrap('--skip-preflight')
    assert.doesNotMatch(skipped.stderr, /preflight/)
  })

  it('and closer at an API server that cannot be reached, once, while they go on', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig({ url: 'https://127.0.0.1:1' }), {
      mode: 0o600,
    })
    const { code, stderr } = await node.bootstrap('--timeout', '2s')
    assert.equal(code, 5)
    assert.equal(stderr.match(/warning: no connection to the API server: .*preflight=tcp/g)?.length, 1)
    const join = await certlet([
      'join',
      ...joinFlags(node).map((flag) => flag.replace(node.lab.url, '127.0.0.1:1')),
      ...['--bootstrap-kubeconfig', node.path('b.conf'), '--discovery-timeout', '2s'],
    ])
    assert.equal(join.code, 5)
    assert.equal(join.stderr.match(/warning: no connection to the API server: .*preflight=tcp/g)?.length, 1)
  })
})
