import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { load } from 'js-yaml'
import { certlet, csrs, decide, sandbox, start, until } from '../support/command.ts'

describe('certlet bootstrap', () => {
  it('turns a token into a proven client credential, and removes the token', async () => {
    await using node = await sandbox()
    const { code, stdout, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.equal(node.lab.requests.at(-1)?.user, 'system:node:n1', 'the last call was made with the new credential')
    assert.match(stdout, /client +issued/)
    const current = node.path('pki/kubelet-client-current.pem')
    const certificate = new X509Certificate(readFileSync(current))
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n1')
    assert.equal(dirname(readlinkSync(current)), node.path('pki'), 'the link is absolute, as the kubelet’s')
    assert.equal(statSync(current).mode & 0o777, 0o600)
    assert.equal(statSync(node.path('kubelet.conf')).mode & 0o777, 0o600)
    assert.equal(statSync(node.path('pki')).mode & 0o777, 0o700)
    assert.ok(!existsSync(node.path('bootstrap.conf')), 'the token file is gone')
    assert.ok(!existsSync(node.path('pki/kubelet-client.key.tmp')), 'the pending key is gone')
    const [request, ...others] = await csrs(node.lab)
    assert.equal(others.length, 0)
    assert.match(request?.metadata.name ?? '', /^node-csr-[\w-]{43}$/)
  })

  it('writes a kubeconfig in which the kubelet finds what it wrote itself', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const pair = node.path('pki/kubelet-client-current.pem')
    const found = load(readFileSync(node.path('kubelet.conf'), 'utf8')) as Record<string, unknown>
    assert.equal(found['current-context'], 'default-context')
    assert.deepEqual(found['users'], [
      { name: 'default-auth', user: { 'client-certificate': pair, 'client-key': pair } },
    ])
    assert.deepEqual(found['contexts'], [
      { context: { cluster: 'default-cluster', namespace: 'default', user: 'default-auth' }, name: 'default-context' },
    ])
  })

  it('row 32: sends nothing when a valid credential is already there', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const before = node.lab.requests.length
    const { code, stdout } = await node.bootstrap()
    assert.equal(code, 0)
    assert.match(stdout, /valid credential already there/)
    assert.equal(node.lab.requests.length, before)
  })

  it('keeps a valid credential beside a bootstrap file that cannot be used, and says so', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    writeFileSync(node.path('bootstrap.conf'), '{', { mode: 0o600 })
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0)
    assert.match(stderr, /warning: the bootstrap kubeconfig is not needed, cannot be used, and stays/)
  })

  it('proves a credential that is there, and only then removes a token that came later', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig(), { mode: 0o600 })
    const { code } = await node.bootstrap()
    assert.equal(code, 0)
    assert.equal((await csrs(node.lab)).length, 1)
    assert.ok(!existsSync(node.path('bootstrap.conf')))
  })

  it('asks anew when the cluster does not accept the credential that is there', async () => {
    await using old = await sandbox()
    await old.bootstrap()
    await using node = await sandbox()
    writeFileSync(old.path('bootstrap.conf'), node.lab.bootstrapKubeconfig(), { mode: 0o600 })
    const kubeconfig = readFileSync(old.path('kubelet.conf'), 'utf8')
    const ca = Buffer.from(node.lab.caPem).toString('base64')
    const moved = kubeconfig
      .replaceAll(old.lab.url, node.lab.url)
      .replace(/certificate-authority-data: .*/, `certificate-authority-data: ${ca}`)
    writeFileSync(old.path('kubelet.conf'), moved, { mode: 0o600 })
    const { code, stderr } = await old.bootstrap()
    assert.equal(code, 0, stderr)
    assert.match(stderr, /not accepted/)
    assert.equal((await csrs(node.lab)).length, 1)
  })

  it('gets the serving credential with the node’s own credential and the names given', async () => {
    await using node = await sandbox({ approveServing: true })
    const { code, stderr } = await node.bootstrap(
      '--serving',
      '--node-ip',
      '192.0.2.7',
      '--san',
      'n1.example.com,2001:db8::7',
    )
    assert.equal(code, 0, stderr)
    const certificate = new X509Certificate(readFileSync(node.path('pki/kubelet-server-current.pem')))
    assert.equal(
      certificate.subjectAltName,
      'DNS:n1, DNS:n1.example.com, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7',
    )
    const serving = (await csrs(node.lab)).find(({ spec }) => spec['signerName'] === 'kubernetes.io/kubelet-serving')
    assert.equal(serving?.spec['username'], 'system:node:n1')
  })

  it('takes the serving names from the Node object if there is one', async () => {
    await using node = await sandbox({ approveServing: true })
    const addresses = [
      { type: 'InternalIP', address: '198.51.100.4' },
      { type: 'Hostname', address: 'n1' },
    ]
    await node.lab.admin('POST', '/api/v1/nodes', { metadata: { name: 'n1' }, status: { addresses } })
    const { code, stderr } = await node.bootstrap('--serving')
    assert.equal(code, 0, stderr)
    const certificate = new X509Certificate(readFileSync(node.path('pki/kubelet-server-current.pem')))
    assert.equal(certificate.subjectAltName, 'DNS:n1, IP Address:198.51.100.4')
  })

  it('does not let a waiting serving request hold up the client credential', async () => {
    await using node = await sandbox()
    const { code, stderr } = await node.bootstrap('--serving', '--node-ip', '192.0.2.7', '--serving-timeout', '2s')
    assert.equal(code, 4)
    assert.match(stderr, /No serving certificate yet/)
    assert.ok(existsSync(node.path('kubelet.conf')))
    assert.ok(!existsSync(node.path('bootstrap.conf')))
    assert.ok(existsSync(node.path('pki/kubelet-server.key.tmp')), 'the pending key stays for the next run')
  })

  it('goes on with the same request after a time-out', async () => {
    await using node = await sandbox({ approve: 'manual' })
    const first = await node.bootstrap('--timeout', '2s')
    assert.equal(first.code, 4)
    assert.ok(existsSync(node.path('bootstrap.conf')), 'the token stays while it is needed')
    const [request] = await csrs(node.lab)
    await using running = start(node.flags())
    await until(
      () => node.lab.requests.filter(({ path }) => path.includes('watch=true')).length >= 2,
      'the second watch',
    )
    await decide(node.lab, request?.metadata.name ?? '', 'Approved')
    assert.equal((await running.done).code, 0)
    assert.equal((await csrs(node.lab)).length, 1)
  })

  it('goes on with the same request after kill -9', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using running = start(node.flags())
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    running.child.kill('SIGKILL')
    await running.done
    await decide(node.lab, (await csrs(node.lab))[0]?.metadata.name ?? '', 'Approved')
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.match(stderr, /found our earlier request again/)
    assert.equal((await csrs(node.lab)).length, 1)
  })

  it('sends the request again when somebody deletes it', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using running = start(node.flags())
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    const [first] = await csrs(node.lab)
    const name = first?.metadata.name ?? ''
    await node.lab.admin('DELETE', `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}`)
    await until(async () => (await csrs(node.lab)).length === 1, 'the request, sent again')
    await decide(node.lab, name, 'Approved')
    assert.equal((await running.done).code, 0)
    assert.notEqual((await csrs(node.lab))[0]?.metadata.uid, first?.metadata.uid)
  })

  it('says who denied it and why, and keeps the token', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using running = start(node.flags())
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    await decide(node.lab, (await csrs(node.lab))[0]?.metadata.name ?? '', 'Denied', 'not one of ours')
    const { code, stderr } = await running.done
    assert.equal(code, 3)
    assert.match(stderr, /denied \(Test: not one of ours\)/)
    assert.ok(existsSync(node.path('bootstrap.conf')))
    assert.equal((await node.bootstrap()).code, 3, 'and makes no second request while the denied one is there')
    assert.equal((await csrs(node.lab)).length, 1)
  })

  it('says that the signer does nothing', async () => {
    await using node = await sandbox({ sign: false })
    const { code, stderr } = await node.bootstrap('--timeout', '2s')
    assert.equal(code, 4)
    assert.match(stderr, /approved and waits for the signer/)
  })

  it('says that the stock approver will not approve it, and what would help', async () => {
    await using node = await sandbox()
    await node.lab.admin(
      'DELETE',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubeadm:node-autoapprove-bootstrap',
    )
    const { code, stderr } = await node.bootstrap('--timeout', '3s')
    assert.equal(code, 4)
    assert.match(stderr, /kubectl create clusterrolebinding .*nodeclient/)
    assert.match(stderr, /kubectl certificate approve node-csr-/)
  }).timeout(15_000)

  it('keeps the token when told to', async () => {
    await using node = await sandbox()
    assert.equal((await node.bootstrap('--keep-bootstrap-kubeconfig')).code, 0)
    assert.ok(existsSync(node.path('bootstrap.conf')))
    const before = node.lab.requests.length
    assert.equal((await node.bootstrap('--keep-bootstrap-kubeconfig')).code, 0)
    assert.equal(node.lab.requests.length, before)
  })

  it('asks for another certificate in place of one that the API server refuses, and does not forget that it does', async () => {
    await using node = await sandbox({ signing: { fault: 'other-ca' } })
    assert.equal((await node.bootstrap('--keep-bootstrap-kubeconfig')).code, 9)
    node.lab.setSigning({})
    node.lab.setApproval({ mode: 'manual' })
    assert.equal((await node.bootstrap('--keep-bootstrap-kubeconfig', '--timeout', '2s')).code, 4)
    const names = (await csrs(node.lab)).map(({ metadata }) => metadata.name)
    assert.equal(names.length, 2)
    for (const name of names) await decide(node.lab, name, 'Approved')
    const { code, stderr } = await node.bootstrap('--keep-bootstrap-kubeconfig')
    assert.equal(code, 0, stderr)
    assert.equal(node.lab.requests.at(-1)?.user, 'system:node:n1')
    assert.equal((await csrs(node.lab)).length, 2)
  }).timeout(20_000)

  it('removes the tokenFile that the kubeconfig names', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('token'), `${node.lab.token}\n`, { mode: 0o600 })
    const kubeconfig = node.lab.bootstrapKubeconfig().replace(/token: .*/, 'tokenFile: token')
    writeFileSync(node.path('bootstrap.conf'), kubeconfig, { mode: 0o600 })
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0, stderr)
    assert.ok(!existsSync(node.path('token')))
    assert.ok(!existsSync(node.path('bootstrap.conf')))
  })

  it('reads the kubeconfig from standard input', async () => {
    await using node = await sandbox()
    rmSync(node.path('bootstrap.conf'))
    const flags = node.flags('--bootstrap-kubeconfig', '-')
    const { code, stderr } = await certlet(flags, { stdin: node.lab.bootstrapKubeconfig() })
    assert.equal(code, 0, stderr)
  })

  it('reads the kubeconfig from systemd’s credentials, and leaves it there', async () => {
    await using node = await sandbox()
    mkdirSync(node.path('credentials'))
    writeFileSync(node.path('credentials/bootstrap-kubeconfig'), node.lab.bootstrapKubeconfig(), { mode: 0o400 })
    const flags = node
      .flags()
      .filter((flag) => flag !== '--bootstrap-kubeconfig' && flag !== node.path('bootstrap.conf'))
    const { code, stderr } = await certlet(flags, { env: { CREDENTIALS_DIRECTORY: node.path('credentials') } })
    assert.equal(code, 0, stderr)
    assert.ok(existsSync(node.path('credentials/bootstrap-kubeconfig')))
  })

  it('warns of a token file that others can read', async () => {
    await using node = await sandbox()
    chmodSync(node.path('bootstrap.conf'), 0o644)
    const { code, stderr } = await node.bootstrap()
    assert.equal(code, 0)
    assert.match(stderr, /warning: .*can be read by others \(mode 0644\)/)
  })

  it('shows the plan in a dry run, and does nothing', async () => {
    await using node = await sandbox()
    const { code, stdout } = await node.bootstrap('--dry-run', '--serving', '--node-ip', '192.0.2.7')
    assert.equal(code, 0)
    assert.match(stdout, /subject +O=system:nodes, CN=system:node:n1/)
    assert.match(stdout, /names +n1, 192\.0\.2\.7/)
    assert.equal(node.lab.requests.length, 0)
    assert.ok(!existsSync(node.path('pki')))
  })

  it('prints the result as JSON, and the log as JSON lines', async () => {
    await using node = await sandbox()
    const { stdout, stderr } = await node.bootstrap('-o', 'json', '--log-format', 'json')
    const result = JSON.parse(stdout) as {
      node: string
      client: { how: string; proof: { user: string } }
      removed: string[]
    }
    assert.equal(result.node, 'n1')
    assert.equal(result.client.how, 'issued')
    assert.equal(result.client.proof.user, 'system:node:n1')
    assert.deepEqual(result.removed, [node.path('bootstrap.conf')])
    for (const line of stderr.trim().split('\n')) assert.equal((JSON.parse(line) as { level: string }).level, 'info')
  })

  it('asks for the lifetime that it is told', async () => {
    await using node = await sandbox()
    await node.bootstrap('--expiration', '24h')
    assert.equal((await csrs(node.lab))[0]?.spec['expirationSeconds'], 86_400)
  })

  for (const [generation, usages] of [
    ['1.26', ['digital signature', 'key encipherment', 'client auth']],
    ['1.36', ['digital signature', 'client auth']],
  ] as const) {
    it(`sends the usages of a kubelet ${generation}`, async () => {
      await using node = await sandbox()
      await node.bootstrap('--emulate', generation)
      assert.deepEqual((await csrs(node.lab))[0]?.spec['usages'], usages)
    })
  }

  for (const type of ['ecdsa-p384', 'rsa-2048', 'ed25519']) {
    it(`works with ${type} keys, and warns of them`, async () => {
      await using node = await sandbox()
      const { code, stderr } = await node.bootstrap('--key-type', type)
      assert.equal(code, 0, stderr)
      assert.match(stderr, /warning: a kubelet makes ECDSA P-256 keys only/)
    })
  }

  it('proves itself by a SelfSubjectAccessReview on a server without SelfSubjectReview', async () => {
    await using node = await sandbox({ emulate: '1.26' })
    const { code, stdout } = await node.bootstrap()
    assert.equal(code, 0)
    assert.match(stdout, /SelfSubjectAccessReview/)
  })

  it('keeps the previous pair and removes older ones', async () => {
    await using node = await sandbox()
    const pairs = (): number => (existsSync(node.path('pki')) ? readPairs(node.path('pki')) : 0)
    for (let i = 0; i < 3; i++) {
      writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig(), { mode: 0o600 })
      rmSync(node.path('kubelet.conf'), { force: true })
      rmSync(node.path('pki/kubelet-client-current.pem'), { force: true })
      assert.equal((await node.bootstrap()).code, 0)
    }
    assert.equal(pairs(), 2)
  })

  it('ends with exit code 130 on SIGTERM, and the next run goes on', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using running = start(node.flags())
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    running.child.kill('SIGTERM')
    assert.equal((await running.done).code, 130)
    assert.ok(existsSync(node.path('pki/kubelet-client.key.tmp')))
  })

  it('refuses to work on a folder where another certlet is at work', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using running = start(node.flags())
    await until(() => node.lab.requests.some(({ path }) => path.includes('watch=true')), 'the watch')
    assert.equal((await node.bootstrap()).code, 8)
    running.child.kill('SIGKILL')
    await running.done
    await decide(node.lab, (await csrs(node.lab))[0]?.metadata.name ?? '', 'Approved')
    assert.equal((await node.bootstrap()).code, 0, 'a killed one leaves no lock')
  })

  it('refuses a regular file where the current link belongs', async () => {
    await using node = await sandbox()
    mkdirSync(node.path('pki'), { mode: 0o700 })
    writeFileSync(node.path('pki/kubelet-client-current.pem'), 'not a link')
    const { code } = await node.bootstrap()
    assert.equal(code, 7)
    assert.equal(lstatSync(node.path('pki/kubelet-client-current.pem')).isFile(), true)
  })

  it('refuses a kubeconfig that is a symbolic link', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('precious'), 'keep me')
    symlinkSync(node.path('precious'), node.path('kubelet.conf'))
    assert.equal((await node.bootstrap()).code, 7)
    assert.equal(readFileSync(node.path('precious'), 'utf8'), 'keep me')
  })
})

function readPairs(dir: string): number {
  return readdirSync(dir).filter((name) => /^kubelet-client-\d/.test(name)).length
}
