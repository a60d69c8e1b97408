import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import { Transport } from '../../src/kube/transport.ts'
import { listening } from '../support/listening.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'

describe('transport with a pair that is rotated', () => {
  const folder = temporaryFolder()

  it('moves to the new pair without a failed request, and tells a watch to be opened anew', async () => {
    const [own, first, second] = await Promise.all([makePair(), makePair(), makePair()])
    const release: (() => void)[] = []
    const seen: string[] = []
    const api = createServer(
      { cert: own.certificatePem, key: own.privateKeyPem, requestCert: true, rejectUnauthorized: false },
      (incoming, outgoing) => {
        seen.push((incoming.socket as TLSSocket).getPeerCertificate().serialNumber)
        outgoing.write('{')
        const end = (): void => {
          outgoing.end('}')
        }
        if (incoming.url === '/slow') release.push(end)
        else end()
      },
    )
    await using server = await listening(api)
    const url = `https://127.0.0.1:${server.port}`
    const put = ({ certificatePem, privateKeyPem }: typeof first): void => {
      writeFileSync(folder.file('pair.pem'), certificatePem + privateKeyPem)
    }
    put(first)
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server: url, skipTLSVerify: true },
      { name: 'u', certFile: folder.file('pair.pem'), keyFile: folder.file('pair.pem') },
    )
    const transport = new Transport(kubeConfig, systemClock)
    try {
      const slow = await transport.open({ method: 'GET', url: `${url}/slow` })
      put(second)
      await transport.refresh(new AbortController().signal)
      assert.ok(slow.replaced.aborted)
      const quick = await transport.open({ method: 'GET', url: `${url}/quick` })
      assert.equal(quick.status, 200)
      assert.equal(quick.replaced.aborted, false)
      release.forEach((end) => {
        end()
      })
      const chunks: Uint8Array[] = []
      for await (const chunk of slow.body) chunks.push(chunk)
      assert.equal(Buffer.concat(chunks).toString(), '{}', 'the request under way came to its end')
      assert.equal(new Set(seen).size, 2, 'each went with the pair of its time')
    } finally {
      transport.close()
    }
  })
})

describe('transport with a CA in a file', () => {
  const folder = temporaryFolder()

  it('whose connection breaks while the file is not there says that, and nothing worse', async () => {
    const { certificatePem } = await makePair()
    writeFileSync(folder.file('ca.crt'), certificatePem)
    const silent = createTcpServer((socket) => {
      rmSync(folder.file('ca.crt'), { force: true })
      socket.destroy()
    })
    await using server = await listening(silent)
    const url = `https://127.0.0.1:${server.port}`
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server: url, caFile: folder.file('ca.crt'), skipTLSVerify: false },
      { name: 'u', token: 'abcdef.0123456789abcdef' },
    )
    const transport = new Transport(kubeConfig, systemClock)
    try {
      await assert.rejects(transport.open({ method: 'GET', url }), { name: 'CertletError', code: 'API_UNREACHABLE' })
      assert.ok(!existsSync(folder.file('ca.crt')))
    } finally {
      transport.close()
    }
  })
})
