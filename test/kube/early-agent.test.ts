import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import { EarlyConnections } from '../../src/kube/early-agent.ts'
import { Transport } from '../../src/kube/transport.ts'
import { apiServerPurpose, type Authority, createAuthority, issue } from '../../src/lab/pki/authority.ts'
import { until } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type Listening, listening } from '../support/listening.ts'
import { makePair } from '../support/pair.ts'
import { endTogether, proxy } from '../support/proxy.ts'
import { unhandledRejections } from '../support/unhandled-rejections.ts'

const now = new Date()
const never = new AbortController().signal

/** An API server that says by which of its connections, counted from 1, it was asked. */
interface Api extends Listening {
  readonly url: string
  /** Those whose TLS has been agreed. */
  readonly connections: TLSSocket[]
  /** Serial numbers of the clients' certificates, in the same order. */
  readonly shown: string[]
  readonly asked: { path: string; by: number }[]
}

describe('connections that are opened ahead', () => {
  const folder = temporaryFolder()
  let cluster: Authority

  before(async () => {
    cluster = await createAuthority('kubernetes', now)
  })

  async function api(ca = cluster): Promise<Api> {
    const { certificatePem, keyPem } = await issue(ca, apiServerPurpose('x'), { now })
    const connections: TLSSocket[] = []
    const shown: string[] = []
    const asked: Api['asked'] = []
    const tls = { cert: certificatePem, key: keyPem, requestCert: true, rejectUnauthorized: false }
    const server = createServer(tls, ({ url = '', socket }, response) => {
      asked.push({ path: url, by: connections.indexOf(socket as TLSSocket) + 1 })
      if (url === '/held') response.write('{')
      else response.end('{}')
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      connections.push(socket)
      shown.push(socket.getPeerCertificate().serialNumber)
    })
    const listener = await listening(server)
    return { ...listener, url: `https://127.0.0.1:${listener.port}`, connections, shown, asked }
  }

  /** A transport that is closed at the end of the block. */
  function transportTo(server: string, more: object = {}, user: object = { token: 'abcdef.0123456789abcdef' }) {
    const kubeConfig = new KubeConfig()
    const caData = Buffer.from(cluster.certificatePem).toString('base64')
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server, skipTLSVerify: false, caData, ...more },
      { name: 'u', ...user },
    )
    const transport = new Transport(kubeConfig, systemClock)
    const get = async (url: string): Promise<number> => (await transport.open({ method: 'GET', url })).status
    return Object.assign(transport, {
      get,
      [Symbol.dispose]: () => {
        transport.close()
      },
    })
  }

  const open = ({ connections }: Api): number => connections.filter(({ destroyed }) => !destroyed).length

  it('are there before a request is, and are what the first requests go by', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(2, never)
    await until(() => server.connections.length === 2, 'two connections')
    assert.equal(server.asked.length, 0)
    await Promise.all([transport.get(`${server.url}/held`), transport.get(`${server.url}/held`)])
    assert.deepEqual(
      server.asked.map(({ by }) => by).sort(), // two connections have no order between them
      [1, 2],
    )
    await transport.get(`${server.url}/third`)
    assert.deepEqual(server.asked.at(-1), { path: '/third', by: 3 }, 'and no more than those')
  })

  it('are waited for where they are being opened', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(1, never)
    assert.equal(await transport.get(`${server.url}/x`), 200)
    assert.equal(server.connections.length, 1)
  })

  it('are as many as was said, with those that are idle', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    for await (const _ of (await transport.open({ method: 'GET', url: `${server.url}/x` })).body) continue
    await new Promise((resolve) => setImmediate(resolve)) // idle from the next turn on
    using _ahead = transport.openAhead(2, never)
    using _again = transport.openAhead(2, never)
    await until(() => server.connections.length === 2, 'the second connection')
    await Promise.all([transport.get(`${server.url}/held`), transport.get(`${server.url}/held`)])
    assert.equal(server.connections.length, 2)
  })

  it('are not for another port', async () => {
    await using server = await api()
    await using other = await api()
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    await transport.get(`${other.url}/x`)
    assert.deepEqual([server.asked.length, other.asked.length], [0, 1])
  })

  it('are not for another host, though it be the same machine', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    await transport.get(`${server.url.replace('127.0.0.1', 'localhost')}/x`)
    assert.deepEqual(server.asked, [{ path: '/x', by: 2 }])
  })

  it('are not for another client certificate: those of the old one are closed', async () => {
    await using server = await api()
    const [first, second] = await Promise.all([makePair(), makePair()])
    const put = ({ certificatePem, privateKeyPem }: typeof first): void => {
      writeFileSync(folder.file('pair.pem'), certificatePem + privateKeyPem)
    }
    put(first)
    const files = { certFile: folder.file('pair.pem'), keyFile: folder.file('pair.pem') }
    using transport = transportTo(server.url, {}, files)
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    put(second)
    await transport.get(`${server.url}/x`)
    assert.deepEqual(server.asked, [{ path: '/x', by: 2 }])
    await until(() => server.connections[0]?.destroyed === true, 'the end of the first')
    assert.equal(new Set(server.shown).size, 2)
  })

  it('are not for another CA', async () => {
    await using server = await api()
    writeFileSync(folder.file('ca.crt'), cluster.certificatePem)
    using transport = transportTo(server.url, { caData: undefined, caFile: folder.file('ca.crt') })
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    writeFileSync(folder.file('ca.crt'), (await createAuthority('kubernetes', now)).certificatePem)
    await assert.rejects(transport.get(`${server.url}/x`), { code: 'API_CA_MISMATCH' })
    assert.deepEqual(server.asked, [])
  })

  it('ask for the server name of the kubeconfig', async () => {
    await using server = await api()
    using transport = transportTo(server.url, { tlsServerName: 'kubernetes.default' })
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    await transport.get(`${server.url}/x`)
    assert.equal(server.connections.length, 1)
    assert.equal((server.connections[0] as unknown as { servername: string }).servername, 'kubernetes.default')
  })

  it('are not opened past a proxy, nor through it', async () => {
    await using server = await api()
    await using between = await proxy()
    using transport = transportTo(server.url, { proxyUrl: `http://127.0.0.1:${between.port}` })
    using _ahead = transport.openAhead(2, never)
    await transport.get(`${server.url}/x`)
    assert.equal(between.tunnels.length, 1)
    assert.equal(server.connections.length, 1)
  })

  it('are no reason to run a plugin', async () => {
    await using server = await api()
    const plugin = `#!/bin/sh\n: > ${folder.file('ran')}\nexit 1\n`
    writeFileSync(folder.file('plugin'), plugin, { mode: 0o700 })
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: folder.file('plugin') }
    using transport = transportTo(server.url, {}, { exec })
    using _ahead = transport.openAhead(1, never)
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.ok(!existsSync(folder.file('ran')))
  })

  it('that the server has closed are not used', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    const closed = new Promise((resolve) => server.connections[0]?.once('close', resolve))
    server.connections[0]?.end()
    await closed
    assert.equal(await transport.get(`${server.url}/x`), 200)
    assert.deepEqual(server.asked, [{ path: '/x', by: 2 }])
  })

  it('that are just being closed are not used', async () => {
    const connections = new EarlyConnections()
    const [destroyed, ended, good] = [new PassThrough(), new PassThrough({ autoDestroy: false }), new PassThrough()]
    for (const socket of [destroyed, ended, good]) connections.keep(socket, 'x')
    destroyed.destroy()
    ended.end().resume()
    await new Promise((resolve) => ended.once('end', resolve))
    connections.keep(new PassThrough().destroy(), 'x')
    assert.equal(connections.take('x'), good)
    assert.equal(connections.take('x'), undefined)
  })

  it('on which a server says that it has waited enough are not used', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(1, never)
    await until(() => server.connections.length === 1, 'a connection')
    await new Promise<void>((resolve) => {
      server.connections[0]?.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n', () => {
        resolve()
      })
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(await transport.get(`${server.url}/x`), 200)
    assert.deepEqual(server.asked, [{ path: '/x', by: 2 }])
  })

  it('that fail are no error: the request makes its own', async () => {
    await using server = await api()
    const refused: Socket[] = []
    const between = createTcpServer((socket) => {
      if (refused.push(socket) === 1) {
        socket.destroy()
        return
      }
      const upstream = connect(server.port, '127.0.0.1')
      upstream.pipe(socket).pipe(upstream)
      endTogether(socket, upstream)
    })
    await using front = await listening(between)
    const url = `https://127.0.0.1:${front.port}`
    using transport = transportTo(url)
    using _ahead = transport.openAhead(1, never)
    await until(() => refused[0]?.destroyed === true, 'the first connection')
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(await transport.get(`${url}/x`), 200)
  })

  it('to a server that is not the right one are told nothing, and the request says what is wrong', async () => {
    await using server = await api(await createAuthority('kubernetes', now))
    using transport = transportTo(server.url)
    using _ahead = transport.openAhead(2, never)
    await assert.rejects(transport.get(`${server.url}/x`), { code: 'API_CA_MISMATCH' })
    assert.deepEqual(server.asked, [])
  })

  it('that no request has are closed when they are no longer wanted; the others live on', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    const ahead = transport.openAhead(2, never)
    await until(() => server.connections.length === 2, 'two connections')
    await transport.get(`${server.url}/held`)
    ahead[Symbol.dispose]()
    await until(() => open(server) === 1, 'the end of the other one')
    assert.equal(server.connections[0]?.destroyed, false)
  })

  it('are closed with the transport, and when the signal aborts', async () => {
    await using server = await api()
    const stop = new AbortController()
    using stopped = transportTo(server.url)
    using closed = transportTo(server.url)
    stopped.openAhead(1, stop.signal)
    closed.openAhead(1, never)
    await until(() => server.connections.length === 2, 'two connections')
    stop.abort()
    closed.close()
    await until(() => open(server) === 0, 'the end of both')
  })

  it('that cannot be opened, as the CA is not there, are no error either', async () => {
    await using server = await api()
    using unhandled = unhandledRejections()
    using transport = transportTo(server.url, { caData: undefined, caFile: folder.file('ca.crt') })
    using _ahead = transport.openAhead(1, never)
    await new Promise((resolve) => setTimeout(resolve, 20))
    writeFileSync(folder.file('ca.crt'), cluster.certificatePem)
    assert.equal(await transport.get(`${server.url}/x`), 200)
    assert.deepEqual(unhandled.reasons, [])
  })

  it('are not opened any more once they are no longer wanted', async () => {
    await using server = await api()
    using transport = transportTo(server.url)
    transport.openAhead(1, never)[Symbol.dispose]()
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(server.connections.length, 0)
  })
})
