import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { certlet, type Run, sandbox, type Sandbox } from '../support/command.ts'

/** Runs a token command as the lab's administrator. */
function token(node: Sandbox, ...args: string[]): Promise<Run> {
  writeFileSync(node.path('admin.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
  return certlet(['token', ...args, '--kubeconfig', node.path('admin.conf')])
}

describe('certlet token', function () {
  this.timeout(30_000)

  it('create prints a line that joins a node', async () => {
    await using node = await sandbox()
    const { code, stdout, stderr } = await token(node, 'create', '--ttl', '2h', '--description', 'rack 12')
    assert.equal(code, 0, stderr)
    const [, line = ''] =
      /^certlet (join 127\.0\.0\.1:\d+ --token \S+ --discovery-token-ca-cert-hash sha256:\w+)\n$/.exec(stdout) ?? []
    const joined = await certlet([
      ...line.split(' '),
      ...['--bootstrap-kubeconfig', node.path('b.conf'), '--kubeconfig', node.path('kubelet.conf')],
      ...['--cert-dir', node.path('pki'), '--ca-cert', node.path('ca.crt'), '--hostname-override', 'n1'],
    ])
    assert.equal(joined.code, 0, joined.stderr)
  })

  it('create hands a token over as a kubeconfig, and then does not print it', async () => {
    await using node = await sandbox()
    const { code, stdout, stderr } = await token(node, 'create', '--write-kubeconfig', node.path('node.conf'))
    assert.equal(code, 0, stderr)
    assert.equal(statSync(node.path('node.conf')).mode & 0o777, 0o600)
    const text = readFileSync(node.path('node.conf'), 'utf8')
    const made = /token: (\S+)/.exec(text)?.[1] ?? ''
    assert.ok(made.length === 23 && !stdout.includes(made) && !stdout.includes(made.slice(7)))
    const run = await node.bootstrap('--bootstrap-kubeconfig', node.path('node.conf'))
    assert.equal(run.code, 0, run.stderr)
  })

  it('create makes exactly the token that it is given, once', async () => {
    await using node = await sandbox()
    const first = await token(node, 'create', 'abcdef.0123456789abcdef', '-o', 'json')
    assert.equal((JSON.parse(first.stdout) as { token: string }).token, 'abcdef.0123456789abcdef')
    const second = await token(node, 'create', 'abcdef.ffffffffffffffff')
    assert.equal(second.code, 3)
    assert.match(second.stderr, /Secret "bootstrap-token-abcdef" is there already/)
  })

  for (const { title, args } of [
    { title: 'a group that the API server would refuse', args: ['--groups', 'system:masters'] },
    { title: 'a group that ends in a colon', args: ['--groups', 'system:bootstrappers:'] },
    { title: 'a usage that there is not', args: ['--usages', 'everything'] },
    { title: 'groups without authentication', args: ['--usages', 'signing'] },
    { title: 'a lifetime that is none', args: ['--ttl', 'long'] },
    { title: 'a malformed token', args: ['abc.def'] },
  ]) {
    it(`create refuses ${title}, and makes nothing`, async () => {
      await using node = await sandbox()
      const { code, stderr } = await token(node, 'create', ...args)
      assert.equal(code, 2, stderr)
      const { body } = await node.lab.admin('GET', '/api/v1/namespaces/kube-system/secrets')
      assert.equal((body as { items: object[] }).items.length, 1, 'the lab’s own')
    })
  }

  it('list shows what is good and what is broken, and no secrets unless asked', async () => {
    await using node = await sandbox()
    await token(node, 'create', 'aaaaaa.0123456789abcdef', '--description', 'rack 12', '--ttl', '0')
    const secrets = '/api/v1/namespaces/kube-system/secrets'
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    await node.lab.admin('POST', secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bootstrap-token-cccccc' },
      type: 'bootstrap.kubernetes.io/token',
      data: {
        'token-id': base64('cccccc'),
        'token-secret': base64('0123456789abcdef'),
        'auth-extra-groups': base64('system:masters'),
      },
    })
    const { code, stdout, stderr } = await token(node, 'list')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^TOKEN +STATE +EXPIRES +USAGES\n/)
    assert.match(stdout, /aaaaaa +valid +never +signing,authentication\n {2}rack 12\n {2}system:bootstrappers:kubeadm:/)
    assert.match(stdout, /cccccc +broken .*\n {2}not accepted: its group "system:masters" is malformed\n/)
    assert.doesNotMatch(stdout, /0123456789abcdef/)
    await node.lab.admin('DELETE', `${secrets}/bootstrap-token-${node.lab.token.slice(0, 6)}`) // no test may print it
    const shown = await token(node, 'list', '--show-secrets', '-o', 'yaml')
    const listed = load(shown.stdout) as { id: string; token: string }[]
    assert.equal(listed.find(({ id }) => id === 'aaaaaa')?.token, 'aaaaaa.0123456789abcdef')
  })

  it('delete takes an id or a whole token', async () => {
    await using node = await sandbox()
    await token(node, 'create', 'aaaaaa.0123456789abcdef')
    await token(node, 'create', 'bbbbbb.0123456789abcdef')
    assert.equal((await token(node, 'delete', 'aaaaaa')).stdout, 'token "aaaaaa" is deleted\n')
    assert.equal((await token(node, 'delete', 'bbbbbb.0123456789abcdef')).stdout, 'token "bbbbbb" is deleted\n')
    const again = await token(node, 'delete', 'aaaaaa')
    assert.equal(again.code, 3)
    assert.match(again.stderr, /hint: see which there are: certlet token list/)
    assert.equal((await token(node, 'delete', 'A')).code, 2)
  })

  it('says where it looked for an administrator’s kubeconfig', async () => {
    await using node = await sandbox()
    const { code, stderr } = await certlet(['token', 'list'], { env: { KUBECONFIG: node.path('nowhere') } })
    assert.equal(code, 2)
    assert.match(stderr, /Cannot read an administrator’s kubeconfig: no .*nowhere\n/)
  })

  it('takes the kubeconfigs of $KUBECONFIG together', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('admin.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
    const env = { KUBECONFIG: `${node.path('nowhere')}:${node.path('admin.conf')}` }
    const { code, stderr } = await certlet(['token', 'list'], { env })
    assert.equal(code, 0, stderr)
  })
})
