import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { certlet, sandbox, secret } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('--print-config', () => {
  const folder = temporaryFolder()
  const config = (text: string): string => {
    writeFileSync(folder.file('c.yaml'), text)
    return folder.file('c.yaml')
  }

  it('shows each value and where it comes from: flag, environment, file, default', async () => {
    const path = config('serving: true\nnode-ip: [192.0.2.1, "2001:db8::1"]\nkeep-pairs: 3\nkey-type: rsa-2048\n')
    const env = { CERTLET_KEEP_PAIRS: '5', CERTLET_ON_ROTATE: 'systemctl reload nginx: # now', CERTLET_CERT_DIR: '/e' }
    const { code, stdout, stderr } = await certlet(
      ['run', '--config', path, '--cert-dir=/f', '--drop-stale-sans', '--print-config'],
      { env },
    )
    assert.equal(code, 0, stderr)
    const lines = stdout.split('\n')
    for (const line of [
      'cert-dir: /f # --cert-dir',
      'drop-stale-sans: true # --drop-stale-sans',
      'keep-pairs: 5 # CERTLET_KEEP_PAIRS',
      `serving: true # ${path}`,
      `key-type: rsa-2048 # ${path}`,
      'kubeconfig: /etc/kubernetes/kubelet.conf # default',
      '# hostname-override: not set',
    ]) {
      assert.ok(lines.includes(line), `${line}\n${stdout}`)
    }
    const values = load(stdout) as Record<string, unknown>
    assert.equal(values['on-rotate'], env.CERTLET_ON_ROTATE)
    assert.deepEqual(values['node-ip'], ['192.0.2.1', '2001:db8::1'])
  })

  it('prints a configuration that has the same effect', async () => {
    const first = await certlet(['run', '--serving', '--san', 'a.example', '--expiration', '24h', '--print-config'])
    const again = await certlet(['run', '--config', config(first.stdout), '--print-config'])
    assert.equal(again.code, 0, again.stderr)
    assert.deepEqual(load(again.stdout), load(first.stdout))
  })

  it('knows short flags', async () => {
    const { stdout } = await certlet(['bootstrap', '-o', 'json', '--print-config'])
    assert.match(stdout, /^output: json # -o$/m)
  })

  it('prints nothing of what other commands have in the same file', async () => {
    const token = secret('markd1.0123456789abcdef')
    const { code, stdout } = await certlet(['run', '--config', config(`token: ${token}\n`), '--print-config'])
    assert.equal(code, 0)
    assert.ok(!stdout.includes('token'))
  })

  it('does nothing else', async () => {
    await using node = await sandbox()
    const { code } = await certlet(node.flags('--print-config'))
    assert.equal(code, 0)
    assert.equal(node.lab.requests.length, 0)
    assert.ok(!existsSync(node.path('pki')))
  })

  it('still refuses a configuration with a flag that does not exist', async () => {
    const { code, stderr } = await certlet(['run', '--config', config('no-such: 1\n'), '--print-config'])
    assert.equal(code, 78)
    assert.match(stderr, /there is no flag "no-such"/)
  })
})
