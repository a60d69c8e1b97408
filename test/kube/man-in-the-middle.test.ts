import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import type { CertletError, FailureCode } from '../../src/errors.ts'
import { Transport } from '../../src/kube/transport.ts'
import { type Authority, apiServerPurpose, createAuthority, issue } from '../../src/lab/pki/authority.ts'
import { certlet, sandbox } from '../support/command.ts'
import { listening } from '../support/listening.ts'
import { proxy } from '../support/proxy.ts'

const TOKEN = 'abcdef.0123456789abcdef'
const DAY_MS = 86_400_000
const now = new Date()

interface Impostor {
  readonly title: string
  readonly options: (cluster: Authority) => Promise<ServerOptions>
  readonly code: FailureCode
  readonly says: RegExp
}

const pair = async (...given: Parameters<typeof issue>): Promise<ServerOptions> => {
  const { certificatePem, keyPem } = await issue(...given)
  return { cert: certificatePem, key: keyPem }
}

const impostors: readonly Impostor[] = [
  {
    title: 'with a CA of its own that has the same name',
    options: async () => pair(await createAuthority('kubernetes', now), apiServerPurpose('x'), { now }),
    code: 'API_CA_MISMATCH',
    says: /expected "kubernetes", seen "kubernetes" with the same name but another key/,
  },
  {
    title: 'with a CA of its own, which it sends along',
    options: async () => {
      const own = await createAuthority('corporate', now)
      const { cert = '', key = '' } = await pair(own, apiServerPurpose('x'), { now })
      return { cert: `${String(cert)}${own.certificatePem}`, key }
    },
    code: 'API_CA_MISMATCH',
    says: /expected "kubernetes", seen "corporate"/,
  },
  {
    title: 'with an expired certificate of the right CA',
    options: (ca) => pair(ca, apiServerPurpose('x'), { now: new Date(now.getTime() - 2 * DAY_MS), lifetimeDays: 1 }),
    code: 'API_CERTIFICATE_DATES',
    says: /its certificate has expired/,
  },
  {
    title: 'with a certificate of the right CA whose time has not come',
    options: (ca) => pair(ca, apiServerPurpose('x'), { now: new Date(now.getTime() + DAY_MS), lifetimeDays: 2 }),
    code: 'API_CERTIFICATE_DATES',
    says: /its certificate is not valid yet/,
  },
  {
    title: 'with a certificate of the right CA for another name',
    options: (ca) =>
      pair(
        ca,
        {
          commonName: 'kube-apiserver',
          extendedKeyUsage: 'server auth',
          names: { dnsNames: ['elsewhere.example'], ipAddresses: ['192.0.2.1'], emailAddresses: [], uris: [] },
        },
        { now },
      ),
    code: 'API_NAME_MISMATCH',
    says: /its certificate is not for "127\.0\.0\.1" but for DNS:elsewhere\.example/,
  },
  {
    title: 'with a node’s client certificate of the right CA',
    options: (ca) =>
      pair(
        ca,
        {
          ...apiServerPurpose('x'),
          commonName: 'system:node:n2',
          organization: 'system:nodes',
          extendedKeyUsage: 'client auth',
        },
        { now },
      ),
    code: 'API_TLS',
    says: /its certificate may not be a server’s/,
  },
  {
    title: 'with the right certificate, but TLS 1.1 alone',
    options: async (ca) => ({
      ...(await pair(ca, apiServerPurpose('x'), { now })),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    }),
    code: 'API_TLS',
    says: /no TLS could be agreed/,
  },
]

describe('a man in the middle', () => {
  let cluster: Authority
  before(async () => {
    cluster = await createAuthority('kubernetes', now)
  })

  /** Asks with the token. @returns what came of it, and what the server was told. */
  async function ask(server: Server, more: { proxyUrl?: string } = {}): Promise<{ error: unknown; told: string[] }> {
    const told: string[] = []
    server.on('request', (request: { headers: object; url: string }, response: { end: (text: string) => void }) => {
      told.push(JSON.stringify(request.headers))
      response.end('{}')
    })
    await using listener = await listening(server)
    const url = `https://127.0.0.1:${listener.port}`
    const kubeConfig = new KubeConfig()
    const caData = Buffer.from(cluster.certificatePem).toString('base64')
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server: url, skipTLSVerify: false, caData, ...more },
      { name: 'u', token: TOKEN },
    )
    const transport = new Transport(kubeConfig, systemClock)
    try {
      await transport.open({ method: 'GET', url: `${url}/x` })
      return { error: undefined, told }
    } catch (error) {
      return { error, told }
    } finally {
      transport.close()
    }
  }

  it('is what the others are compared with: the right server is told the token', async () => {
    const { error, told } = await ask(createServer(await pair(cluster, apiServerPurpose('x'), { now })))
    assert.equal(error, undefined)
    assert.match(told.join(), /0123456789abcdef/)
  })

  for (const { title, options, code, says } of impostors) {
    it(`${title} is refused in these words, and told nothing`, async () => {
      const { error, told } = await ask(createServer(await options(cluster)))
      assert.equal((error as CertletError).code, code, String(error))
      assert.match((error as CertletError).message, says)
      assert.deepEqual(told, [])
    })

    it(`${title} is refused behind a proxy too`, async () => {
      await using between = await proxy()
      const { error, told } = await ask(createServer(await options(cluster)), {
        proxyUrl: `http://127.0.0.1:${between.port}`,
      })
      assert.notEqual(between.tunnels.length, 0, 'it was asked')
      assert.equal((error as CertletError).code, code, String(error))
      assert.deepEqual(told, [])
    })
  }

  it('without TLS is refused, and told nothing', async () => {
    const { error, told } = await ask(createHttpServer() as unknown as Server)
    assert.equal((error as CertletError).code, 'API_TLS')
    assert.deepEqual(told, [])
  })

  it('is refused by the command whatever Node.js is told by the environment to let pass', async () => {
    await using node = await sandbox()
    await using other = await sandbox()
    const caOfOther = Buffer.from(other.lab.caPem).toString('base64')
    const { writeFileSync } = await import('node:fs')
    const kubeconfig = node.lab
      .bootstrapKubeconfig()
      .replace(/certificate-authority-data: .*/, `certificate-authority-data: ${caOfOther}`)
    writeFileSync(node.path('bootstrap.conf'), kubeconfig, { mode: 0o600 })
    const env = {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_OPTIONS: '--tls-min-v1.0',
      NODE_EXTRA_CA_CERTS: '/nonexistent',
    }
    const { code, stderr } = await certlet(node.flags('--timeout', '5s'), { env })
    assert.equal(code, 5, stderr)
    assert.match(stderr, /its certificate is not signed by a trusted CA/)
    assert.deepEqual(node.posts(), [])
  })
})
