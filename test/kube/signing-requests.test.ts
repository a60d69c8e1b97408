import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import type { RetryPolicy } from '../../src/backoff.ts'
import type { SigningRequestEvent } from '../../src/csr/signing-request.ts'
import { CertletError, type FailureCode } from '../../src/errors.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import { signingRequests } from '../../src/kube/signing-requests.ts'
import { type Interceptor, nockInside } from '../support/nock.ts'

const SERVER = 'https://api.example:6443'
const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** Pauses take no time; each failure is kept. */
function policy(problems: CertletError[] = []): RetryPolicy {
  const clock = {
    now: () => new Date(0),
    sleep: (ms: number, signal?: AbortSignal) =>
      ms > 60_000
        ? new Promise<void>((_, reject) =>
            signal?.addEventListener('abort', () => {
              reject(new Error('over'))
            }),
          )
        : Promise.resolve(),
  }
  return { clock, random: () => 0, onProblem: (problem) => problems.push(problem) }
}

function connect(problems?: CertletError[]): ReturnType<typeof connectionTo> {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server: SERVER, skipTLSVerify: false },
    { name: 'u', token: 'abcdef.0123456789abcdef' },
  )
  return connectionTo(kubeConfig, policy(problems))
}

const ours = { name: 'one', signerName: 's/x', request: 'PEM', usages: ['client auth'] }

const stored = (version: string, status: object = {}): object => ({
  metadata: { name: 'one', uid: 'u1', resourceVersion: version },
  spec: { request: Buffer.from('PEM').toString('base64'), signerName: 's/x', usages: ['client auth'] },
  status,
})

const statusBody = (reason: string, message: string, details?: object): object => ({
  kind: 'Status',
  reason,
  message,
  details,
})

describe('requests to the API server', () => {
  const nock = nockInside()
  afterEach(() => {
    assert.deepEqual(nock.pendingMocks(), [], 'every expected request was made')
    nock.cleanAll()
  })

  it('post what a kubelet posts: no labels, no annotations, the token in the header', async () => {
    nock(SERVER, { reqheaders: { authorization: 'Bearer abcdef.0123456789abcdef', 'user-agent': /^certlet\// } })
      .post(PATH, {
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'CertificateSigningRequest',
        metadata: { name: 'one' },
        spec: { request: 'UEVN', signerName: 's/x', usages: ['client auth'] },
      })
      .reply(201, stored('7'))
    using connection = connect()
    const created = await signingRequests(connection).create(ours, new AbortController().signal)
    assert.equal(created.resourceVersion, '7')
    assert.equal(created.request, 'PEM')
  })

  for (const [status, body, code, retryAfterMs] of [
    [400, statusBody('BadRequest', 'bad'), 'REQUEST_INVALID'],
    [401, statusBody('Unauthorized', 'Unauthorized'), 'UNAUTHORIZED'],
    [403, statusBody('Forbidden', 'no'), 'FORBIDDEN'],
    [404, 'page not found', 'API_NOT_FOUND'],
    [409, statusBody('AlreadyExists', 'taken'), 'REQUEST_CONFLICT'],
    [
      422,
      statusBody('Invalid', 'bad', { causes: [{ field: 'spec.usages', message: 'Required value' }] }),
      'REQUEST_INVALID',
    ],
    [429, statusBody('TooManyRequests', 'slow down', { retryAfterSeconds: 3 }), 'API_BUSY', 3000],
    [500, '<html>', 'API_ERROR'],
    [302, '', 'API_UNEXPECTED'],
    [201, { kind: 'Pod' }, 'API_UNEXPECTED'],
    [201, 'not JSON', 'API_UNEXPECTED'],
  ] as [number, object | string, FailureCode, number?][]) {
    it(`turn an answer of ${status} into ${code}`, async () => {
      nock(SERVER).post(PATH).reply(status, body, { 'Content-Type': 'application/json' })
      using connection = connect()
      await assert.rejects(signingRequests(connection).create(ours, new AbortController().signal), (error: unknown) => {
        assert.ok(error instanceof CertletError)
        assert.equal(error.code, code)
        assert.equal(error.retryAfterMs, retryAfterMs)
        assert.doesNotMatch(error.message, /Bearer|0123456789abcdef/)
        if (status === 422) assert.match(error.message, /spec\.usages: Required value/)
        return true
      })
    })
  }

  it('keep the status that the server gave', async () => {
    nock(SERVER).get(`${PATH}/one`).reply(404, statusBody('NotFound', 'not found'))
    nock(SERVER).get(`${PATH}/one`).reply(503, statusBody('ServiceUnavailable', 'etcd'))
    using connection = connect()
    const api = signingRequests(connection)
    assert.equal(await api.read('one', new AbortController().signal), undefined)
    await assert.rejects(
      api.read('one', new AbortController().signal),
      (error) => error instanceof ApiError && error.status.code === 503,
    )
  })

  it('are refused an answer without end', async () => {
    nock(SERVER)
      .get(`${PATH}/one`)
      .reply(200, 'x'.repeat(5 * 1024 * 1024))
    using connection = connect()
    await assert.rejects(signingRequests(connection).read('one', new AbortController().signal), {
      code: 'API_UNEXPECTED',
    })
  })
})

describe('watching one request', () => {
  const nock = nockInside()
  const watchAt = (version: string): Interceptor =>
    nock(SERVER)
      .get(PATH)
      .query(
        (query) =>
          query['watch'] === 'true' &&
          query['resourceVersion'] === version &&
          query['fieldSelector'] === 'metadata.name=one',
      )
  const list = (body: object): void => {
    nock(SERVER).get(PATH).query({ fieldSelector: 'metadata.name=one' }).reply(200, body)
  }
  const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`

  afterEach(() => {
    nock.cleanAll()
  })

  /** The first events, and the failures on the way. */
  async function events(
    from: string | undefined,
    count: number,
  ): Promise<{ seen: SigningRequestEvent[]; problems: CertletError[] }> {
    const problems: CertletError[] = []
    const stop = new AbortController()
    using connection = connect(problems)
    const seen: SigningRequestEvent[] = []
    for await (const one of signingRequests(connection).changes('one', from, stop.signal)) {
      seen.push(one)
      if (seen.length === count) break
    }
    stop.abort()
    return { seen, problems }
  }
  const versions = (seen: SigningRequestEvent[]): string[] =>
    seen.map((one) => (one.kind === 'present' ? one.request.resourceVersion : one.kind))

  it('begins where the caller has seen it, and passes over bookmarks', async () => {
    watchAt('7').reply(200, event('BOOKMARK', { metadata: { resourceVersion: '8' } }) + event('MODIFIED', stored('9')))
    assert.deepEqual(versions((await events('7', 1)).seen), ['9'])
  })

  it('lists and watches anew when a watch ends', async () => {
    watchAt('7').reply(200, '')
    list({ metadata: { resourceVersion: '11' }, items: [stored('10')] })
    watchAt('11').reply(200, event('DELETED', stored('12')))
    assert.deepEqual(versions((await events('7', 2)).seen), ['10', 'deleted'])
  })

  it('lists when the version is too old, as an event or as an answer', async () => {
    watchAt('7').reply(200, event('ERROR', statusBody('Expired', 'too old')))
    list({ metadata: { resourceVersion: '20' }, items: [stored('15')] })
    watchAt('20').reply(410, statusBody('Expired', 'too old'))
    list({ metadata: { resourceVersion: '30' }, items: [stored('25')] })
    assert.deepEqual(versions((await events('7', 2)).seen), ['15', '25'])
  })

  it('goes on after a server that restarts, and tells of it', async () => {
    watchAt('7').replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    nock(SERVER)
      .get(PATH)
      .query({ fieldSelector: 'metadata.name=one' })
      .reply(503, statusBody('ServiceUnavailable', 'starting'))
    list({ metadata: { resourceVersion: '9' }, items: [stored('9')] })
    const { seen, problems } = await events('7', 1)
    assert.deepEqual(versions(seen), ['9'])
    assert.deepEqual(problems.map(({ code }) => code).slice(-1), ['API_ERROR'])
  })

  it('ends when the credential is no longer accepted', async () => {
    watchAt('7').reply(401, statusBody('Unauthorized', 'Unauthorized'))
    await assert.rejects(events('7', 1), { code: 'UNAUTHORIZED' })
  })

  it('ends at a line that is not JSON', async () => {
    watchAt('7').reply(200, 'not JSON\n')
    await assert.rejects(events('7', 1), { code: 'API_UNEXPECTED' })
  })
})
