import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { KubeConfig } from '@kubernetes/client-node'
import nock from 'nock'
import { systemClock } from '../../src/clock.ts'
import type { SigningRequestApi } from '../../src/csr/signing-request.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import { signingRequests } from '../../src/kube/signing-requests.ts'

const SERVER = 'https://api.test:6443'
const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

describe('transport', () => {
  const signal = AbortSignal.timeout(60_000)

  function connect(): SigningRequestApi {
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromOptions({
      clusters: [{ name: 'c', server: SERVER }],
      users: [{ name: 'u', token: 'abcdef.0123456789abcdef' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    })
    return signingRequests(
      connectionTo(kubeConfig, { clock: systemClock, random: () => 0, onProblem: () => undefined }),
    )
  }

  beforeEach(() => {
    nock.disableNetConnect()
  })
  afterEach(() => {
    nock.abortPendingRequests()
    nock.cleanAll()
    nock.enableNetConnect()
    nock.restore()
    nock.activate()
  })

  const status = (reason: string, message = '', details = {}): string =>
    JSON.stringify({ kind: 'Status', reason, message, details })
  const denied =
    'certificatesigningrequests.certificates.k8s.io is forbidden: User "system:bootstrap:abcdef" cannot get resource "certificatesigningrequests"'
  const causes = { causes: [{ field: 'spec.usages', message: 'Unsupported value' }] }

  const answers: [string, number, string, Record<string, string>, object][] = [
    ['429', 429, '', { 'Retry-After': '7' }, { code: 'API_BUSY', retryAfterMs: 7000 }],
    ['401', 401, status('Unauthorized'), {}, { code: 'UNAUTHORIZED' }],
    [
      '403',
      403,
      status('Forbidden', denied),
      {},
      { code: 'FORBIDDEN', hint: /clusterrolebinding .*=system:bootstrappers$/ },
    ],
    ['404 of no Kubernetes', 404, 'not here', {}, { code: 'API_NOT_FOUND' }],
    ['409', 409, status('AlreadyExists'), {}, { code: 'REQUEST_CONFLICT' }],
    [
      '422',
      422,
      status('Invalid', 'no', causes),
      {},
      { code: 'REQUEST_INVALID', message: /\n {2}spec\.usages: Unsupported/ },
    ],
    ['500', 500, '<html>', {}, { code: 'API_ERROR', retry: true }],
    ['302', 302, '', { Location: 'https://elsewhere.test/' }, { code: 'API_UNEXPECTED' }],
    [
      'a success that is not JSON',
      200,
      '<html>',
      { 'Content-Type': 'application/json' },
      { code: 'API_UNEXPECTED', message: /is not JSON$/ },
    ],
    [
      'an answer larger than the bound',
      200,
      'x'.repeat(4 * 1024 * 1024 + 1),
      {},
      { code: 'API_UNEXPECTED', message: /larger than/ },
    ],
  ]
  for (const [title, code, body, headers, want] of answers) {
    it(`translates ${title}`, async () => {
      nock(SERVER).get(`${PATH}/x`).reply(code, body, headers)
      await assert.rejects(connect().read('x', signal), { name: 'CertletError', ...want })
    })
  }

  it('finds nothing where the API server says NotFound', async () => {
    nock(SERVER).get(`${PATH}/x`).reply(404, status('NotFound'))
    assert.equal(await connect().read('x', signal), undefined)
  })

  const object = (resourceVersion: string): object => ({
    metadata: { name: 'x', uid: 'u', resourceVersion },
    spec: { request: '', signerName: 's', usages: [] },
  })
  const line = (type: string, of: object): string => `${JSON.stringify({ type, object: of })}\n`
  const list = (version: string): void => {
    const body = { metadata: { resourceVersion: version }, items: [object(version)] }
    nock(SERVER)
      .get(PATH)
      .query((query) => query['watch'] === undefined)
      .reply(200, body, { 'Content-Type': 'application/json' })
  }
  const watch = (from: string, ...chunks: string[]): void => {
    nock(SERVER)
      .get(PATH)
      .query((query) => query['watch'] === 'true' && query['resourceVersion'] === from)
      .reply(200, () => Readable.from(chunks.map((chunk) => Buffer.from(chunk))))
  }
  async function versions(count: number): Promise<string[]> {
    const seen: string[] = []
    for await (const event of connect().changes('x', undefined, signal)) {
      seen.push(event.kind === 'present' ? event.request.resourceVersion : 'deleted')
      if (seen.length === count) break
    }
    return seen
  }

  it('reads lines of a watch that are split, passes bookmarks over, and watches anew when it ends', async () => {
    const text = line('MODIFIED', object('2'))
    list('1')
    watch('1', text.slice(0, 9), text.slice(9) + line('BOOKMARK', object('3')), line('DELETED', object('4')))
    list('5')
    watch('5', line('MODIFIED', object('6')))
    assert.deepEqual(await versions(5), ['1', '2', 'deleted', '5', '6'])
  })

  it('lists anew when the version is too old', async () => {
    list('1')
    watch('1', line('ERROR', { kind: 'Status', code: 410 }))
    list('8')
    assert.deepEqual(await versions(2), ['1', '8'])
  })
})
