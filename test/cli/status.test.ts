import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { certlet, csrs, decide, sandbox, type Sandbox, start, until } from '../support/command.ts'

describe('certlet status', () => {
  const args = (node: Sandbox, ...more: string[]): string[] => [
    ...['status', '--kubeconfig', node.path('kubelet.conf'), '--cert-dir', node.path('pki')],
    ...['--hostname-override', 'n1', ...more],
  ]
  const client = (node: Sandbox): string => node.path('pki/kubelet-client-current.pem')

  it('shows what is there and how long it is good, without a daemon', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const { code, stdout, stderr } = await certlet(args(node))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^node +n1$/m)
    assert.match(stdout, /^server +https:/m)
    assert.match(stdout, /^client +usable: .*kubelet-client-current\.pem$/m)
    assert.match(stdout, /^ {2}subject +O=system:nodes, CN=system:node:n1$/m)
    assert.match(stdout, /^ {2}rotation +\d{4}-.*Z, in \d+ days$/m)
    assert.match(stdout, /^certlet run +not at work/m)
    assert.ok(!stdout.includes('serving'))
  })

  it('says the same in JSON and YAML', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const json = JSON.parse((await certlet(args(node, '-o', 'json'))).stdout) as Record<string, Record<string, unknown>>
    assert.equal(json['client']?.['worth'], 'usable')
    assert.equal(json['serving'], null)
    assert.deepEqual(json['daemon'], { state: 'none' })
    assert.deepEqual(load((await certlet(args(node, '-o', 'yaml'))).stdout), json)
  })

  it('has exit code 4 on a node that has nothing, and sends nothing', async () => {
    await using node = await sandbox()
    const { code, stdout } = await certlet(args(node, '--serving'))
    assert.equal(code, 4)
    assert.match(stdout, /^client +none yet/m)
    assert.match(stdout, /^serving +none yet/m)
    assert.equal(node.lab.requests.length, 0)
    assert.ok(!existsSync(node.path('pki')))
  })

  it('has exit code 4 where a serving credential is wanted and only the client one is there', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    assert.equal((await certlet(args(node, '--serving'))).code, 4)
  })

  it('names the request of a bootstrap that did not come to its end', async () => {
    await using node = await sandbox({ approve: 'none' })
    assert.equal((await node.bootstrap('--timeout', '2s')).code, 4)
    const { code, stdout } = await certlet(args(node))
    assert.equal(code, 4)
    const [request] = await csrs(node.lab)
    assert.ok(request)
    assert.ok(stdout.includes(`  request`) && stdout.includes(`kubectl get csr ${request.metadata.name}`), stdout)
  })

  for (const { title, spoil, why } of [
    {
      title: 'truncated',
      spoil: (node: Sandbox) => {
        writeFileSync(client(node), readFileSync(client(node), 'utf8').slice(0, 200))
      },
      why: /^client +cannot be used, .*no certificate in it/m,
    },
    {
      title: 'a dangling link',
      spoil: (node: Sandbox) => {
        for (const name of readdirSync(node.path('pki')).filter((one) => /-\d/.test(one))) {
          rmSync(node.path(`pki/${name}`))
        }
      },
      why: /^client +cannot be used, .*points at nothing/m,
    },
  ])
    it(`says what is wrong with a credential that is ${title}, with exit code 9`, async () => {
      await using node = await sandbox()
      await node.bootstrap()
      spoil(node)
      const { code, stdout } = await certlet(args(node))
      assert.equal(code, 9)
      assert.match(stdout, why)
    })

  it('says so when the certificate is for another node', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const { code, stdout } = await certlet([...args(node), '--hostname-override', 'n2'])
    assert.equal(code, 9)
    assert.match(stdout, /its common name is "system:node:n1" instead of "system:node:n2"/)
    assert.match(stdout, /^ {2}subject +O=system:nodes, CN=system:node:n1$/m)
  })

  it('changes nothing, not even in a folder that it may not write', async () => {
    await using node = await sandbox()
    await node.bootstrap()
    const before = readdirSync(node.path('pki'))
    const touched = statSync(node.path('pki')).mtimeMs
    chmodSync(node.path('pki'), 0o500)
    const { code } = await certlet(args(node))
    chmodSync(node.path('pki'), 0o700)
    assert.equal(code, 0)
    assert.deepEqual(readdirSync(node.path('pki')), before)
    assert.equal(statSync(node.path('pki')).mtimeMs, touched)
  })

  it('tells a user who may not look that it may not, with exit code 7', async function () {
    if (process.getuid?.() !== 0) this.skip()
    await using node = await sandbox()
    await node.bootstrap()
    const { code, stdout, stderr } = await start(args(node), {}, { uid: 65_534 }).done
    assert.equal(code, 7, stderr)
    assert.match(stdout, /^client +cannot be looked at, .*permission denied/m)
  })

  it('says what the daemon waits for', async () => {
    await using node = await sandbox({ approve: 'none' })
    await using _running = start(['run', ...node.flags().slice(1)])
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    const { code, stdout } = await certlet(args(node))
    assert.equal(code, 4)
    assert.match(stdout, /^certlet run +client not ready$/m)
    assert.match(stdout, /^ {2}waits +since \d{4}-.*Z: "node-csr-.*waits for/m)
  })

  it('says that the daemon is well', async () => {
    await using node = await sandbox()
    await using _running = start(['run', ...node.flags().slice(1)])
    await until(() => !existsSync(node.path('bootstrap.conf')), 'the end of the token')
    const { code, stdout } = await certlet(args(node, '-o', 'json'))
    assert.equal(code, 0)
    const { daemon } = JSON.parse(stdout) as { daemon: { state: string; report: { client: { ready: boolean } } } }
    assert.equal(daemon.state, 'running')
    assert.equal(daemon.report.client.ready, true)
  })

  it('asks the API server why a request waits, and only reads', async () => {
    await using node = await sandbox({ approve: 'none' })
    assert.equal((await node.bootstrap('--timeout', '1s')).code, 4)
    const before = node.posts().length
    const ask = (): ReturnType<typeof certlet> =>
      certlet(args(node, '--ask', '--bootstrap-kubeconfig', node.path('bootstrap.conf')))
    assert.match((await ask()).stdout, /^ {2}waits +"node-csr-.*" waits for .*; by hand: kubectl certificate approve/m)
    const [request] = await csrs(node.lab)
    await decide(node.lab, request?.metadata.name ?? '', 'Denied')
    assert.match((await ask()).stdout, /^ {2}waits +it was denied \(Test: by the test\)$/m)
    const sent = new Set(node.posts().slice(before))
    assert.deepEqual([...sent].sort(), ['selfsubjectaccessreviews', 'selfsubjectreviews'])
  })

  it('says so when it cannot ask', async () => {
    await using node = await sandbox({ approve: 'none' })
    assert.equal((await node.bootstrap('--timeout', '1s')).code, 4)
    const { code, stdout } = await certlet(args(node, '--ask', '--bootstrap-kubeconfig', node.path('none')))
    assert.equal(code, 4)
    assert.match(stdout, /^ {2}waits +not known: Cannot read bootstrap kubeconfig/m)
  })

  it('waits until the client credential is in place, and says why', async () => {
    await using node = await sandbox({ approve: 'none' })
    await using waiting = start(args(node, '--wait', 'client=60s'))
    let said = ''
    waiting.child.stderr?.on('data', (text: string) => (said += text))
    await until(() => said.includes('waiting for the client credential'), 'the first reason')
    await using bootstrap = start(node.flags())
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    const [request] = await csrs(node.lab)
    await decide(node.lab, request?.metadata.name ?? '', 'Approved')
    assert.equal((await bootstrap.done).code, 0)
    const { code, stdout, stderr } = await waiting.done
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^client +usable/m)
    assert.match(stderr, /because="?the kubeconfig is not there yet; no certlet is at work on the folder/)
  })

  it('gives up waiting with exit code 4 and the last reason', async () => {
    await using node = await sandbox()
    const { code, stdout, stderr } = await certlet(args(node, '--wait', 'serving=300ms'))
    assert.equal(code, 4)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /^error: The serving credential is not in place: the pair is not there yet; .*\(gave up after 0.3s\)\nhint: /m,
    )
  })

  for (const { title, flags, exit = 2 } of [
    { title: 'waits for something else', flags: ['--wait', 'kubelet'] },
    { title: 'waits for a time that is none', flags: ['--wait', 'client=soon'] },
    { title: 'waits for paths', flags: ['--wait', 'client', '/etc'] },
    { title: 'asks two questions', flags: ['--check=true', '--monitoring'], exit: 3 },
  ])
    it(`refuses a command line that ${title}`, async () => {
      const { code, stderr } = await certlet(['status', ...flags])
      assert.equal(code, exit, stderr)
      assert.match(stderr, /^error: .*\nhint: see `certlet --help`\n$/)
    })
})
