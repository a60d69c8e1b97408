import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type Fault, type Lab, startLab } from '../../../src/lab/index.ts'
import { CSRS, kubeletRequest } from '../../support/lab-requests.ts'

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

describe('a fault at the wire, over HTTP/2', () => {
  async function under(
    faults: readonly Fault[],
    test: (lab: Lab, ask: (path: string) => Promise<Answer>) => Promise<void>,
  ): Promise<void> {
    await using lab = await startLab({ approve: 'none' })
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    lab.setFaults(faults)
    const sessions: ClientHttp2Session[] = []
    /** On a connection of its own. */
    const ask = async (path: string): Promise<Answer> => {
      const session = connect(lab.url, { ca: lab.caPem })
      sessions.push(session)
      session.on('error', () => undefined) // the stream tells of it
      const stream = session.request({ ':path': path, authorization: `Bearer ${lab.token}` })
      const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }]
      return { status: headers[':status'], headers, body: await text(stream) }
    }
    try {
      await test(lab, ask)
    } finally {
      for (const session of sessions) session.destroy()
    }
  }

  it('cuts a watch off', () =>
    under([{ fault: 'cut', after: '50ms' }], async (_lab, ask) => {
      await assert.rejects(ask(`${CSRS}?watch=true`))
    }))
})
