import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { parsePins } from '../../src/discovery/ca-pins.ts'
import { discoverCluster } from '../../src/discovery/discover.ts'
import type { FailureCode } from '../../src/errors.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'
import { type Answer, configMap, type HostileApi, hostileApi, json } from '../support/hostile-api.ts'
import { listening } from '../support/listening.ts'
import { manualClock } from '../support/manual-clock.ts'

const token = { id: 'abcdef', secret: '0123456789abcdef' }
const elsewhere = 'https://cluster.example:6443'

interface Attempt {
  readonly endpoint?: string
  readonly pins?: string[]
  readonly timeoutMs?: number
}

/** One discovery that ends by itself: what may pass is tried again three times. */
async function discover(api: HostileApi, { endpoint = api.url, pins, timeoutMs = 5000 }: Attempt = {}) {
  const clock = manualClock()
  const stop = new AbortController()
  const problems: string[] = []
  const onProblem = (problem: Error & { code: string }): void => {
    problems.push(problem.code)
    if (problems.length === 3) stop.abort(problem)
  }
  const context = {
    retry: { clock, random: () => 0, onProblem },
    signal: stop.signal,
    limits: { timeoutMs, largestAnswer: 64 * 1024 },
  }
  const given = { endpoint, token, pins: pins ? parsePins(pins) : [api.pin] }
  return { clock, problems, cluster: await discoverCluster(given, context) }
}

const redirect: Answer = (_request, response) => {
  response.writeHead(302, { Location: 'https://127.0.0.1:1/' }).end()
}
const huge: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.on('error', () => undefined)
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(16_384)));
    response.once('drain', more)
  }
  more()
}
const slow: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  const drop = setInterval(() => response.write(' '), 20)
  response.once('close', () => {
    clearInterval(drop)
  })
}
const page: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Welcome to the hotel</html>')
}

describe('discovery by token', () => {
  it('learns address and CA from cluster-info, without a credential', async () => {
    await using api = await hostileApi()
    api.answer(configMap(api.clusterInfo({ server: elsewhere }), [token]))
    const { cluster } = await discover(api)
    assert.equal(cluster.server, elsewhere)
    assert.deepEqual(
      cluster.ca.map((certificate) => certificate.toString()),
      [api.ca.certificatePem],
    )
    assert.equal(api.requests.length, 2)
    for (const { url, headers } of api.requests) {
      assert.equal(url, '/api/v1/namespaces/kube-public/configmaps/cluster-info')
      assert.equal(headers.authorization, undefined)
    }
  })

  it('reads it once when no CA is pinned', async () => {
    await using api = await hostileApi()
    api.answer(configMap(api.clusterInfo({ server: elsewhere }), [token]))
    assert.equal((await discover(api, { pins: [] })).cluster.server, elsewhere)
    assert.equal(api.requests.length, 1)
  })

  it('waits for the signature of a token that has just been made, and tells once what it waits for', async () => {
    await using api = await hostileApi()
    const text = api.clusterInfo()
    api.answer(configMap(text, []), configMap(text, []), configMap(text, [token]))
    const { clock, problems } = await discover(api)
    assert.deepEqual(clock.slept, [2000, 2000])
    assert.deepEqual(problems, ['TOKEN_NOT_SIGNED'], 'the reason to give if the time is up meanwhile')
  })

  it('tries again while the server is starting', async () => {
    await using api = await hostileApi()
    api.answer(json({ kind: 'Status', reason: 'ServiceUnavailable' }, 503), configMap(api.clusterInfo(), [token]))
    await discover(api)
    assert.equal(api.requests.length, 3)
  })

  for (const { title, answers, code, says = /./, attempt = {}, requests } of [
    { title: 'a wrong pin', attempt: { pins: [`sha256:${'00'.repeat(32)}`] }, code: 'CA_NOT_PINNED', requests: 1 },
    {
      title: 'a signature by another secret',
      answers: (api) => [configMap(api.clusterInfo(), [{ ...token, secret: 'ffffffffffffffff' }])],
      code: 'TOKEN_SIGNATURE_WRONG',
      requests: 1,
    },
    {
      title: 'a signature of something else',
      answers: (api) => [configMap(api.clusterInfo(), [token], 'something else')],
      code: 'TOKEN_SIGNATURE_WRONG',
      requests: 1,
    },
    {
      title: 'no signature for this token',
      answers: (api) => [configMap(api.clusterInfo(), [{ ...token, id: 'zzzzzz' }])],
      code: 'TOKEN_NOT_SIGNED',
    },
    { title: 'no signature at all', answers: (api) => [configMap(api.clusterInfo(), [])], code: 'TOKEN_NOT_SIGNED' },
    {
      title: 'cluster-info that changes between the two reads',
      answers: (api) => [
        configMap(api.clusterInfo(), [token]),
        configMap(api.clusterInfo({ server: elsewhere }), [token]),
      ],
      code: 'CLUSTER_INFO_CHANGED',
      requests: 2,
    },
    { title: 'a redirect', answers: () => [redirect], code: 'API_UNEXPECTED', says: /answered 302/, requests: 1 },
    {
      title: 'an answer without end',
      answers: () => [huge],
      code: 'API_UNEXPECTED',
      says: /is larger than/,
      requests: 1,
    },
    { title: 'an answer that trickles', answers: () => [slow], code: 'API_TIMEOUT', attempt: { timeoutMs: 100 } },
    {
      title: 'a page instead of JSON',
      answers: () => [page],
      code: 'API_UNEXPECTED',
      says: /is not JSON/,
      requests: 1,
    },
    { title: 'JSON that is no ConfigMap', answers: () => [json([1])], code: 'CLUSTER_INFO_INVALID', requests: 1 },
    { title: 'JSON that is null', answers: () => [json(null)], code: 'API_UNEXPECTED', requests: 1 },
    { title: 'no kubeconfig in it', answers: () => [json({ data: { x: 'y' } })], code: 'CLUSTER_INFO_INVALID' },
    {
      title: 'a kubeconfig without a cluster',
      answers: () => [configMap('kind: Config\nclusters: []\n', [token])],
      code: 'CLUSTER_INFO_INVALID',
    },
    {
      title: 'a kubeconfig that is not YAML',
      answers: () => [configMap('{', [token])],
      code: 'CLUSTER_INFO_INVALID',
    },
    {
      title: 'a server without https',
      answers: (api) => [configMap(api.clusterInfo({ server: 'http://cluster.example' }), [token])],
      code: 'CLUSTER_INFO_INVALID',
    },
    {
      title: 'a CA that does not parse',
      answers: (api) => [configMap(api.clusterInfo({ caPem: 'rubbish' }), [token])],
      code: 'CLUSTER_INFO_INVALID',
    },
    {
      title: 'anonymous requests that are forbidden',
      answers: () => [json({ kind: 'Status', reason: 'Forbidden' }, 403)],
      code: 'CLUSTER_INFO_FORBIDDEN',
      requests: 1,
    },
    {
      title: 'anonymous requests that are refused',
      answers: () => [json({ kind: 'Status', reason: 'Unauthorized' }, 401)],
      code: 'CLUSTER_INFO_FORBIDDEN',
      requests: 1,
    },
    {
      title: 'no cluster-info',
      answers: () => [json({ kind: 'Status', reason: 'NotFound' }, 404)],
      code: 'CLUSTER_INFO_MISSING',
      requests: 1,
    },
  ] as {
    title: string
    answers?: (api: HostileApi) => Answer[]
    attempt?: Attempt
    code: FailureCode
    /** Of those that share a code. */
    says?: RegExp
    requests?: number
  }[]) {
    it(`refuses ${title}`, async () => {
      await using api = await hostileApi()
      api.answer(...(answers?.(api) ?? [configMap(api.clusterInfo(), [token])]))
      await assert.rejects(discover(api, attempt), { code, message: says })
      if (requests !== undefined) assert.equal(api.requests.length, requests)
    })
  }

  it('refuses a server that the CA of its cluster-info did not sign', async () => {
    await using api = await hostileApi()
    const victim = await createAuthority('kubernetes', new Date())
    // An impostor who has the real cluster-info, signature and all, which anybody may read.
    api.answer(configMap(api.clusterInfo({ caPem: victim.certificatePem }), [token]))
    const { certificatesOf, pinOf, pinText } = await import('../../src/discovery/ca-pins.ts')
    const pins = (certificatesOf(victim.certificatePem) ?? []).map((certificate) => pinText(pinOf(certificate)))
    await assert.rejects(discover(api, { pins }), { code: 'API_CA_MISMATCH' })
    assert.equal(api.requests.length, 1, 'nothing was asked over the second connection')
  })

  it('refuses a server that speaks plain http', async () => {
    await using api = await hostileApi()
    await using server = await listening(createServer((_request, response) => response.end()))
    const endpoint = `https://127.0.0.1:${server.port}`
    await assert.rejects(discover(api, { endpoint }), { code: 'API_TLS' })
  })

  it('gives up on a port where nobody listens only after it has tried again', async () => {
    await using api = await hostileApi()
    await assert.rejects(discover(api, { endpoint: 'https://127.0.0.1:1' }), { code: 'API_UNREACHABLE' })
  })
})
