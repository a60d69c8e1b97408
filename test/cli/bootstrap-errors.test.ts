import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:https'
import { sandbox, secret, start, type Sandbox } from '../support/command.ts'
import { inProcess } from '../support/in-process.ts'
import { listening } from '../support/listening.ts'

const WRONG_SECRET = 'abcdef.9999999999999999'

interface Fault {
  readonly title: string
  /** Makes the fault; more flags may be returned. */
  readonly make: (node: Sandbox) => Promise<string[]> | string[]
  readonly code: string
  readonly exit: number
}

const write = (node: Sandbox, text: string): string[] => {
  writeFileSync(node.path('bootstrap.conf'), text, { mode: 0o600 })
  return []
}
const change =
  (pattern: RegExp | string, to: string) =>
  (node: Sandbox): string[] =>
    write(node, node.lab.bootstrapKubeconfig().replace(pattern, to))

const faults: Fault[] = [
  {
    title: 'a file that does not exist',
    make: () => ['--bootstrap-kubeconfig', '/nonexistent'],
    code: 'KUBECONFIG_MISSING',
    exit: 2,
  },
  {
    title: 'an empty file',
    make: (node) => write(node, ''),
    code: 'KUBECONFIG_INVALID',
    exit: 2,
  },
  {
    title: 'a file that is not YAML',
    make: (node) => write(node, '{'),
    code: 'KUBECONFIG_INVALID',
    exit: 2,
  },
  { title: 'no current-context', make: change(/current-context: .*\n/, ''), code: 'KUBECONFIG_INVALID', exit: 2 },
  {
    title: 'a context without a cluster',
    make: change(/      cluster: kubernetes\n/, ''),
    code: 'KUBECONFIG_INVALID',
    exit: 2,
  },
  { title: 'a context without a user', make: change(/      user: tls.*\n/, ''), code: 'KUBECONFIG_INVALID', exit: 2 },
  {
    title: 'a user without a credential',
    make: change(/      token: .*/, '      {}'),
    code: 'KUBECONFIG_INVALID',
    exit: 2,
  },
  { title: 'a malformed token', make: change(/token: .*/, 'token: abcdef.0123'), code: 'TOKEN_MALFORMED', exit: 2 },
  {
    title: 'a CA that is no certificate',
    make: change(/certificate-authority-data: .*/, 'certificate-authority-data: Z2FyYmFnZQ=='),
    code: 'CA_UNREADABLE',
    exit: 2,
  },
  { title: 'plain http', make: change('https://', 'http://'), code: 'INSECURE_REFUSED', exit: 2 },
  {
    title: 'insecure-skip-tls-verify',
    make: change(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true'),
    code: 'INSECURE_REFUSED',
    exit: 2,
  },
  {
    title: 'a node name that no node can have',
    make: () => ['--hostname-override', 'Not_a_name'],
    code: 'NODE_NAME_INVALID',
    exit: 2,
  },
  { title: 'a lifetime below ten minutes', make: () => ['--expiration', '599s'], code: 'USAGE', exit: 2 },
  {
    title: 'the same file for both kubeconfigs',
    make: (node) => ['--kubeconfig', node.path('bootstrap.conf')],
    code: 'USAGE',
    exit: 2,
  },
  {
    title: 'a CA that is not the server’s',
    make: async (node) => {
      await using other = await sandbox()
      const ca = Buffer.from(other.lab.caPem).toString('base64')
      return change(/certificate-authority-data: .*/, `certificate-authority-data: ${ca}`)(node)
    },
    code: 'API_CA_MISMATCH',
    exit: 5,
  },
  {
    title: 'a server name that its certificate does not bear',
    make: change(/( +)server: (.*)/, '$1server: $2\n$1tls-server-name: elsewhere.example'),
    code: 'API_NAME_MISMATCH',
    exit: 5,
  },
  {
    title: 'a port where nobody listens',
    make: async (node) => {
      return change(/server: .*/, `server: https://127.0.0.1:${await freePort()}`)(node)
    },
    code: 'API_UNREACHABLE',
    exit: 5,
  },
  {
    title: 'a server name that is not in DNS',
    make: change(/server: .*/, 'server: https://certlet-test.invalid:6443'),
    code: 'API_NAME_UNKNOWN',
    exit: 5,
  },
  {
    title: 'an unknown token',
    make: change(/token: .*/, `token: ${secret(WRONG_SECRET)}`),
    code: 'UNAUTHORIZED',
    exit: 6,
  },
  {
    title: 'a token that may not make requests',
    make: async (node) => {
      await node.lab.admin('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubeadm:kubelet-bootstrap')
      return []
    },
    code: 'FORBIDDEN',
    exit: 6,
  },
]

/** Answers of a server that is not the lab, with a certificate that the lab's CA did not sign: insecure-skip-tls-verify is allowed. */
const answers = [
  { title: 'an API without certificates (404)', status: 404, code: 'API_NOT_FOUND', exit: 5 },
  { title: 'a request that is refused with its causes (422)', status: 422, code: 'REQUEST_INVALID', exit: 3 },
  { title: 'a server that is busy for as long as we wait (429)', status: 429, code: 'API_BUSY', exit: 5 },
  { title: 'a server that fails for as long as we wait (500)', status: 500, code: 'API_ERROR', exit: 5 },
  { title: 'a server that redirects (302)', status: 302, code: 'API_UNEXPECTED', exit: 5 },
]

describe('certlet bootstrap says what is wrong with', () => {
  for (const { title, make, code, exit } of faults) {
    it(title, async () => {
      await using node = await sandbox()
      const more = await make(node)
      const flags = node.flags('--timeout', '2s', '--log-format', 'json', ...more)
      await expectFailure(flags, { code, exit })
      assert.ok(!existsSync(node.path('kubelet.conf')), 'no kubeconfig is left behind')
    })
  }

  for (const { title, status, code, exit } of answers) {
    it(title, async () => {
      await using node = await sandbox()
      const causes = [{ reason: 'FieldValueInvalid', field: 'spec.request', message: 'Invalid value' }]
      const body = JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Test',
        message: 'said so',
        details: { causes },
      })
      const { createAuthority, issue, apiServerPurpose } = await import('../../src/lab/pki/authority.ts')
      const now = new Date()
      const pair = await issue(await createAuthority('other', now), apiServerPurpose('x'), { now })
      const server = createTlsServer({ cert: pair.certificatePem, key: pair.keyPem }, (_request, response) => {
        response.writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': '0' }).end(body)
      })
      await using other = await listening(server)
      change(
        /certificate-authority-data: .*\n.*/,
        `server: https://127.0.0.1:${other.port}\n      insecure-skip-tls-verify: true`,
      )(node)
      const flags = node.flags('--timeout', '2s', '--log-format', 'json', '--allow-insecure')
      const lines = await expectFailure(flags, { code, exit })
      for (const line of lines.slice(0, -1)) assert.equal(line['insecure'], true, 'every line of the run says so')
      if (status === 422) assert.match(String(lines.at(-1)?.['msg']), /spec\.request: Invalid value/)
    })
  }

  it('a missing right, with the line that grants it', async () => {
    await using node = await sandbox()
    await node.lab.admin('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubeadm:kubelet-bootstrap')
    const { stderr } = await node.bootstrap()
    assert.match(
      stderr,
      /hint: .*kubectl create clusterrolebinding .*--clusterrole=system:node-bootstrapper --group=system:bootstrappers/,
    )
  })

  it('a CA mismatch, with the issuer expected and the one seen', async () => {
    await using node = await sandbox()
    const { createAuthority } = await import('../../src/lab/pki/authority.ts')
    const other = await createAuthority('another-ca', new Date())
    change(
      /certificate-authority-data: .*/,
      `certificate-authority-data: ${Buffer.from(other.certificatePem).toString('base64')}`,
    )(node)
    const { stderr } = await node.bootstrap()
    assert.match(stderr, /expected "another-ca", seen "kubernetes"/)
  })

  it('a folder that cannot be written', async function () {
    await using node = await sandbox()
    mkdirSync(node.path('locked'))
    chmodSync(node.path('locked'), 0o500)
    const flags = node.flags(
      '--bootstrap-kubeconfig',
      '-',
      '--log-format',
      'json',
      '--cert-dir',
      node.path('locked/pki'),
    )
    // Root may write everywhere, so as root the command runs as nobody.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined
    chmodSync(node.dir, 0o755)
    await using running = start(flags, {}, { uid })
    running.child.stdin?.end(node.lab.bootstrapKubeconfig())
    const { code, stderr } = await running.done
    if (stderr.includes('Cannot find module')) {
      console.log('      skipped: the sources cannot be read by an ordinary user')
      this.skip()
    }
    assert.equal(code, 7, stderr)
    assert.match(stderr, /"code":"DISK_NOT_WRITABLE"/)
  })
})

async function expectFailure(
  flags: string[],
  { code, exit }: { code: string; exit: number },
): Promise<Record<string, unknown>[]> {
  const run = await inProcess(flags).done
  const lines = run.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const last = lines.at(-1)
  assert.equal(last?.['code'], code, run.text)
  assert.equal(run.code, exit)
  assert.ok(String(last['hint']).length > 10, 'there is a hint')
  return lines
}

async function freePort(): Promise<number> {
  await using server = await listening(createServer())
  return server.port
}
