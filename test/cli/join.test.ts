import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { pinOf, pinText } from '../../src/discovery/ca-pins.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'
import {
  certlet,
  csrs,
  decide,
  hasTerminals,
  type Run,
  sandbox,
  type Sandbox,
  secret,
  startOnTerminal,
  until,
} from '../support/command.ts'
import { hurriedClock, inProcess } from '../support/in-process.ts'
import { hostileApi, json, type Answer } from '../support/hostile-api.ts'

const CLUSTER_INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info'
const NODE = '/api/v1/nodes/n1'

const pinOfLab = (node: Sandbox): string => pinText(pinOf(new X509Certificate(node.lab.caPem)))

/** Flags whose files are all in the sandbox. */
function files(node: Sandbox): string[] {
  return [
    ...['--bootstrap-kubeconfig', node.path('join/bootstrap.conf'), '--kubeconfig', node.path('kubelet.conf')],
    ...['--cert-dir', node.path('pki'), '--ca-cert', node.path('ca/ca.crt'), '--hostname-override', 'n1'],
  ]
}

/** A join by address, token file and pin. */
function join(
  node: Sandbox,
  { more = [], token = node.lab.token }: { more?: string[]; token?: string } = {},
): Promise<Run> {
  writeFileSync(node.path('token'), `${token}\n`, { mode: 0o600 })
  const address = node.lab.url.slice('https://'.length)
  const args = ['join', address, '--token-file', node.path('token'), ...files(node), ...more]
  return certlet([...args, '--discovery-token-ca-cert-hash', pinOfLab(node)])
}

const ready = (status: string): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  status: { conditions: [{ type: 'Ready', status }] },
})

describe('certlet join', () => {
  it('joins by address, token and pin, and leaves the CA where it was told to', async () => {
    await using node = await sandbox()
    const { code, stdout, stderr } = await join(node)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /client +issued/)
    assert.equal(readFileSync(node.path('ca/ca.crt'), 'utf8'), node.lab.caPem)
    assert.equal(statSync(node.path('ca/ca.crt')).mode & 0o777, 0o644)
    assert.ok(existsSync(node.path('kubelet.conf')))
    assert.ok(!existsSync(node.path('join/bootstrap.conf')), 'the token is gone')
    assert.ok(existsSync(node.path('token')), 'a token file of the operator stays')
    const anonymous = node.lab.requests.filter(({ path }) => path === CLUSTER_INFO)
    assert.equal(anonymous.length, 2)
  })

  it('says plain lines where there is no terminal', async () => {
    await using node = await sandbox()
    const { stderr } = await join(node)
    assert.match(stderr, /^Find the cluster at https:.*\nthe cluster is known.*\nLook whether the name "n1" is free\n/)
    assert.doesNotMatch(stderr, /\u001b/)
  })

  it('takes the token from standard input', async () => {
    await using node = await sandbox()
    const address = node.lab.url.slice('https://'.length)
    const args = ['join', address, '--token', '-', ...files(node), '--discovery-token-ca-cert-hash', pinOfLab(node)]
    const { code, stderr } = await certlet(args, { stdin: `${node.lab.token}\n` })
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stderr, /command line/)
  })

  it('takes the token from the environment', async () => {
    await using node = await sandbox()
    const address = node.lab.url.slice('https://'.length)
    const args = ['join', address, ...files(node), '--discovery-token-ca-cert-hash', pinOfLab(node)]
    const { code, stderr } = await certlet(args, { env: { CERTLET_TOKEN: node.lab.token } })
    assert.equal(code, 0, stderr)
    assert.doesNotMatch(stderr, /command line/)
  })

  it('says once that a token on the command line can be read by others', async () => {
    await using node = await sandbox()
    const address = node.lab.url.slice('https://'.length)
    const args = ['join', address, '--token', node.lab.token, ...files(node)]
    const { code, stderr } = await certlet([...args, '--discovery-token-ca-cert-hash', pinOfLab(node)])
    assert.equal(code, 0, stderr)
    assert.equal(stderr.match(/a token on the command line/g)?.length, 1)
  })

  it('keeps the bootstrap kubeconfig (mode 0600) when the bootstrap does not come to its end', async () => {
    await using node = await sandbox({ approve: 'manual' })
    const { code } = await join(node, { more: ['--timeout', '2s'] })
    assert.equal(code, 4)
    assert.equal(statSync(node.path('join/bootstrap.conf')).mode & 0o777, 0o600)
    const again = await join(node, { more: ['--timeout', '2s'] })
    assert.equal(again.code, 4)
    assert.equal((await csrs(node.lab)).length, 1, 'the next run goes on with the same request')
  })

  it('joins by a discovery file and a token', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('cluster.conf'), node.lab.bootstrapKubeconfig().replace(/user:\n +token: .*/, 'user: {}'))
    writeFileSync(node.path('token'), node.lab.token)
    const args = [
      'join',
      '--discovery-file',
      node.path('cluster.conf'),
      '--token-file',
      node.path('token'),
      ...files(node),
    ]
    const { code, stderr } = await certlet(args)
    assert.equal(code, 0, stderr)
  })

  it('joins by a discovery file that has the token itself', async () => {
    await using node = await sandbox()
    const { code, stderr } = await certlet(['join', '--discovery-file', node.path('bootstrap.conf'), ...files(node)])
    assert.equal(code, 0, stderr)
    assert.ok(existsSync(node.path('bootstrap.conf')), 'the discovery file stays')
  })

  it('joins by a discovery file although cluster-info may not be read, and says so', async () => {
    await using node = await sandbox()
    await node.lab.admin(
      'DELETE',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/rolebindings/kubeadm:bootstrap-signer-clusterinfo',
    )
    const { code, stderr } = await certlet(['join', '--discovery-file', node.path('bootstrap.conf'), ...files(node)])
    assert.equal(code, 0, stderr)
    assert.match(stderr, /warning: the discovery file could not be compared with cluster-info/)
  })

  it('joins by a discovery file from a web server that the system trusts', async () => {
    await using node = await sandbox()
    await using web = await hostileApi()
    const { code, stderr } = await joinByWeb(node, web, (_request, response) => {
      response.end(node.lab.bootstrapKubeconfig())
    })
    assert.equal(code, 0, stderr)
    assert.equal(web.requests[0]?.headers.authorization, undefined)
  })

  for (const { title, answer, expected } of [
    {
      title: 'a redirect',
      answer: (_request, response) => response.writeHead(302, { Location: 'https://127.0.0.1:1/' }).end(),
      expected: 'DISCOVERY_FILE_REFUSED',
    },
    { title: 'an error page', answer: json({}, 500), expected: 'DISCOVERY_FILE_REFUSED' },
    {
      title: 'a huge file',
      answer: (_request, response) => response.end('x'.repeat(2 * 1024 * 1024)),
      expected: 'DISCOVERY_FILE_REFUSED',
    },
    {
      title: 'something else',
      answer: (_request, response) => response.end('<html>'),
      expected: 'DISCOVERY_FILE_INVALID',
    },
    {
      title: 'a file that names files of this machine',
      answer: (_request, response) =>
        response.end(
          'clusters: [{name: "", cluster: {server: "https://c.example", certificate-authority: /etc/ssl/ca.pem}}]',
        ),
      expected: 'DISCOVERY_FILE_INVALID',
    },
  ] as { title: string; answer: Answer; expected: string }[]) {
    it(`refuses ${title} in place of a discovery file`, async () => {
      await using node = await sandbox()
      await using web = await hostileApi()
      const { code, stderr } = await joinByWeb(node, web, answer, '--log-format', 'json')
      assert.notEqual(code, 0)
      assert.match(stderr, new RegExp(`"code":"${expected}"`))
    })
  }

  it('does not run what a discovery file wants to have run', async () => {
    await using node = await sandbox()
    const exec = `exec: { apiVersion: client.authentication.k8s.io/v1, command: touch, args: [${node.path('pwned')}] }`
    writeFileSync(node.path('cluster.conf'), node.lab.bootstrapKubeconfig().replace(/token: .*/, exec))
    const args = ['join', '--discovery-file', node.path('cluster.conf'), ...files(node)]
    const { code, stderr } = await certlet(args, { env: { CERTLET_TOKEN: '' } })
    assert.equal(code, 2, stderr)
    assert.ok(!existsSync(node.path('pwned')))
  })

  for (const { title, prepare = () => undefined, args, code, exit } of [
    {
      title: 'no pin',
      args: (node) => ['join', node.lab.url, '--token-file', node.path('token'), ...files(node)],
      code: 'PIN_MISSING',
      exit: 2,
    },
    {
      title: 'neither address nor discovery file',
      args: (node) => ['join', '--token-file', node.path('token'), ...files(node)],
      code: 'USAGE',
      exit: 2,
    },
    {
      title: 'no token, where there is no terminal',
      args: (node) => ['join', node.lab.url, ...files(node), '--discovery-token-ca-cert-hash', pinOfLab(node)],
      code: 'USAGE',
      exit: 2,
    },
    {
      title: 'a token file with something else in it',
      prepare: (node) => {
        writeFileSync(node.path('token'), 'hunter2')
      },
      code: 'TOKEN_MALFORMED',
      exit: 2,
    },
    {
      title: 'a token that does not exist',
      prepare: (node) => {
        writeFileSync(node.path('token'), 'zzzzzz.0123456789abcdef')
      },
      code: 'TOKEN_NOT_SIGNED',
      exit: 6,
    },
    {
      title: 'the right token id with the wrong secret',
      prepare: (node) => {
        writeFileSync(node.path('token'), `${node.lab.token.slice(0, 6)}.0123456789abcdef`)
      },
      code: 'TOKEN_SIGNATURE_WRONG',
      exit: 6,
    },
    {
      title: 'another CA in the way',
      prepare: async (node) => {
        mkdirSync(node.path('ca'))
        writeFileSync(node.path('ca/ca.crt'), (await createAuthority('kubernetes', new Date())).certificatePem)
      },
      code: 'CA_DIFFERS',
      exit: 2,
    },
    {
      title: 'a Node of the name that is Ready',
      prepare: async (node) => {
        await node.lab.admin('POST', '/api/v1/nodes', ready('True'))
        await node.lab.admin('PUT', `${NODE}/status`, ready('True'))
      },
      code: 'NODE_EXISTS',
      exit: 3,
    },
    {
      title: 'no cluster-info',
      prepare: (node) => node.lab.admin('DELETE', CLUSTER_INFO),
      code: 'CLUSTER_INFO_MISSING',
      exit: 5,
    },
  ] as {
    title: string
    prepare?: (node: Sandbox) => unknown
    args?: (node: Sandbox) => string[]
    code: string
    exit: number
  }[]) {
    it(`refuses ${title}`, async function () {
      this.timeout(30_000)
      await using node = await sandbox()
      writeFileSync(node.path('token'), node.lab.token)
      await prepare(node)
      const standard = [
        ...['join', node.lab.url, '--token-file', node.path('token'), ...files(node)],
        ...['--discovery-token-ca-cert-hash', pinOfLab(node)],
      ]
      // A token that is not known is waited for: in this process that need not take long.
      const command = [...(args?.(node) ?? standard), '--log-format', 'json']
      const run = await inProcess(command, { clock: hurriedClock }).done
      assert.match(run.text, new RegExp(`"code":"${code}"`), run.text)
      assert.equal(run.code, exit)
      assert.ok(!existsSync(node.path('kubelet.conf')))
      assert.ok(!existsSync(node.path('join/bootstrap.conf')), 'no token is left on the disk')
    })
  }

  it('takes over a Node that is not Ready, and with --replace one that is', async () => {
    await using node = await sandbox()
    await node.lab.admin('POST', '/api/v1/nodes', ready('False'))
    await node.lab.admin('PUT', `${NODE}/status`, ready('False'))
    assert.equal((await join(node, { more: ['--keep-bootstrap-kubeconfig'] })).code, 0)
    await node.lab.admin('PUT', `${NODE}/status`, ready('True'))
    assert.equal((await join(node)).code, 3)
    assert.equal((await join(node, { more: ['--replace'] })).code, 0)
  })

  it('does not take the place of a credential for another cluster', async () => {
    await using first = await sandbox()
    await using second = await sandbox()
    assert.equal((await join(first)).code, 0)
    writeFileSync(second.path('kubelet.conf'), readFileSync(first.path('kubelet.conf')))
    const { code, stderr } = await join(second, { more: ['--log-format', 'json'] })
    assert.equal(code, 2)
    assert.match(stderr, /"code":"JOINED_ELSEWHERE"/)
  })

  it('goes on without a look at the name when the token may not read Nodes', async () => {
    await using node = await sandbox()
    await node.lab.admin('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubeadm:get-nodes')
    const { code, stderr } = await join(node)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /warning: the token may not read Nodes/)
  })

  for (const { title, prepare, code, exit } of [
    {
      title: 'a token that may sign cluster-info and not authenticate',
      prepare: async (node) => {
        const path = `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${node.lab.token.slice(0, 6)}`
        const { body } = await node.lab.admin('GET', path)
        const secretObject = body as { data: Record<string, string> }
        const data = { ...secretObject.data, 'usage-bootstrap-authentication': btoa('false') }
        await node.lab.admin('PUT', path, { ...secretObject, data })
      },
      code: 'UNAUTHORIZED',
      exit: 6,
    },
    {
      title: 'a token that may not make requests',
      prepare: (node) =>
        node.lab.admin('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubeadm:kubelet-bootstrap'),
      code: 'FORBIDDEN',
      exit: 6,
    },
  ] as { title: string; prepare: (node: Sandbox) => Promise<unknown>; code: string; exit: number }[])
    it(`ends at once with the reason for ${title}: waiting would not help`, async () => {
      await using node = await sandbox()
      await prepare(node)
      const run = await join(node, { more: ['--log-format', 'json', '--timeout', '1h', '--discovery-timeout', '1h'] })
      assert.match(run.stderr, new RegExp(`"code":"${code}"`))
      assert.equal(run.code, exit)
      assert.doesNotMatch(run.stderr, /retryIn/)
    })

  it('ends at once when its request is denied', async () => {
    await using node = await sandbox({ approve: 'none' })
    const joining = join(node, { more: ['--log-format', 'json'] })
    await until(async () => (await csrs(node.lab)).length === 1, 'the request')
    const [request] = await csrs(node.lab)
    await decide(node.lab, request?.metadata.name ?? '', 'Denied', 'not one of ours')
    const { code, stderr } = await joining
    assert.equal(code, 3)
    assert.match(stderr, /"code":"CSR_DENIED"/)
    assert.match(stderr, /not one of ours/)
  })

  it('says that nobody answers, and gives up after --discovery-timeout', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('token'), secret('markd0.0123456789abcdef'))
    const args = ['join', '127.0.0.1:1', '--token-file', node.path('token'), ...files(node)]
    const { code, stderr } = await certlet([
      ...args,
      ...['--discovery-token-ca-cert-hash', pinOfLab(node), '--discovery-timeout', '1500ms'],
    ])
    assert.equal(code, 5)
    assert.match(stderr, /connection refused \(gave up after 1.5s\)\nhint: check the HOST:PORT/)
  })
})

describe('certlet join on a terminal', function () {
  before(function () {
    if (hasTerminals()) return
    console.log('      skipped: there is no script(1) on this machine')
    this.skip()
  })

  /** What stands on the terminal when the token has been typed at the prompt. */
  async function typed(node: Sandbox, token: string, env: Record<string, string> = {}): Promise<Run> {
    const pin = ['--discovery-token-ca-cert-hash', pinOfLab(node)]
    await using joining = startOnTerminal(['join', node.lab.url, ...files(node), ...pin], { columns: 80, env })
    let shown = ''
    joining.child.stdout?.on('data', (text: string) => (shown += text))
    await until(() => shown.includes('Bootstrap token:'), 'the prompt')
    joining.child.stdin?.write(`${token}\r`)
    return await joining.done
  }

  it('asks for the token without an echo, and shows each step with the time it took', async () => {
    await using node = await sandbox()
    const { code, stdout } = await typed(node, node.lab.token)
    assert.equal(code, 0, stdout)
    const steps = [...stripVTControlCharacters(stdout).matchAll(/✔ (.+?) {2}\d[\dms.]*\r\n/g)].map(([, title]) => title)
    assert.deepEqual(steps, [
      `Find the cluster at ${node.lab.url}`,
      'Look whether the name "n1" is free',
      'Get the credentials',
    ])
    assert.match(stdout, /⠋/)
    assert.ok(!stdout.includes(node.lab.token))
    assert.match(stdout.split('✔').at(-1) ?? '', /client +issued/, 'the result comes last')
  })

  it('says which step failed, and why', async () => {
    await using node = await sandbox()
    const wrong = secret(`${node.lab.token.slice(0, 6)}.markd0wrongsecre`)
    const { code, stdout } = await typed(node, wrong)
    assert.equal(code, 6)
    assert.match(stripVTControlCharacters(stdout), /✖ Find the cluster at .*\r\nerror: Cannot trust .*\r\nhint: /)
  })

  it('does not repeat what was typed when it is no token', async () => {
    await using node = await sandbox()
    const { code, stdout } = await typed(node, secret('hunter2-is-no-token'))
    assert.equal(code, 2)
    assert.match(stdout, /error: Cannot use the token that was typed: it has 19 characters/)
  })

  it('has plain lines where the cursor cannot be moved', async () => {
    await using node = await sandbox()
    const { code, stdout } = await typed(node, node.lab.token, { TERM: 'dumb' })
    assert.equal(code, 0)
    assert.match(stdout, /^Find the cluster at https:/m)
    assert.doesNotMatch(stdout, /[✔⠋]/)
  })
})

async function joinByWeb(
  node: Sandbox,
  web: Awaited<ReturnType<typeof hostileApi>>,
  answer: Answer,
  ...more: string[]
): Promise<Run> {
  web.answer(answer)
  writeFileSync(node.path('web-ca.pem'), web.ca.certificatePem)
  writeFileSync(node.path('token'), node.lab.token)
  const args = [
    'join',
    '--discovery-file',
    `${web.url}/cluster.conf`,
    '--token-file',
    node.path('token'),
    ...files(node),
  ]
  return certlet([...args, ...more], { env: { NODE_EXTRA_CA_CERTS: node.path('web-ca.pem') } })
}
