import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { Agent, get } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { KubeConfig } from '@kubernetes/client-node'
import { type Lab, startLab } from '../../../src/lab/index.ts'

const WHO_AM_I = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

/** CA, certificate and key of the lab's administrator. */
function administrator(lab: Lab): { ca: string; cert: string; key: string } {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(lab.adminKubeconfig())
  const { certData = '', keyData = '' } = kubeConfig.getCurrentUser() ?? {}
  const [cert, key] = [certData, keyData].map((data) => Buffer.from(data, 'base64').toString())
  return { ca: lab.caPem, cert: cert ?? '', key: key ?? '' }
}

describe('the lab on the wire', () => {
  it('ends a watch whose client has closed its stream or its connection, over HTTP/2 too', async () => {
    await using lab = await startLab({})
    const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const before = timers()
    for (const end of ['stream', 'connection']) {
      const session = connect(lab.url, administrator(lab))
      const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests?watch=1'
      const watch = session.request({ ':path': path }).resume()
      await once(watch, 'response')
      assert.equal(timers(), before + 1, 'the watch has an end of its own')
      if (end === 'stream') watch.close()
      else session.destroy()
      while (timers() > before) await new Promise((resolve) => setImmediate(resolve))
      session.destroy()
    }
  })

  it('speaks HTTP/2, with client certificates, and several requests at once', async () => {
    await using lab = await startLab({})
    const session = connect(lab.url, administrator(lab))
    try {
      const ask = async (
        headers: Record<string, string>,
        body?: object,
      ): Promise<{ status: unknown; body: string }> => {
        const stream = session.request(headers)
        stream.end(body && JSON.stringify(body))
        const [answered] = (await once(stream, 'response')) as [Record<string, unknown>]
        return { status: answered[':status'], body: await text(stream) }
      }
      const review = { ':method': 'POST', ':path': WHO_AM_I, 'content-type': 'application/json' }
      const [ready, who] = await Promise.all([ask({ ':path': '/readyz' }), ask(review, {})])
      assert.deepEqual(ready, { status: 200, body: 'ok' })
      assert.equal(who.status, 201)
      assert.match(who.body, /"username":"kubernetes-admin"/)
    } finally {
      session.close()
    }
  })

  it('speaks HTTP/1.1 on the same port', async () => {
    await using lab = await startLab({})
    const [response] = (await once(
      get(`${lab.url}/apis/certificates.k8s.io/v1/certificatesigningrequests`, { ...administrator(lab), agent: false }),
      'response',
    )) as [IncomingMessage]
    assert.equal(response.httpVersion, '1.1')
    assert.equal(response.statusCode, 200)
    assert.match(await text(response), /CertificateSigningRequestList/)
  })

  it('keeps an idle connection as long as an API server does', async () => {
    await using lab = await startLab({})
    using agent = kept()
    const [response] = (await once(get(`${lab.url}/readyz`, { ...administrator(lab), agent }), 'response')) as [
      IncomingMessage,
    ]
    response.resume()
    assert.equal(response.headers['keep-alive'], 'timeout=90')
  })
})

/** An agent that keeps connections. */
function kept(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true })
  return Object.assign(agent, {
    [Symbol.dispose]: () => {
      agent.destroy()
    },
  })
}
