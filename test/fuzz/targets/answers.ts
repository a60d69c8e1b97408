/** What an API server says, or whoever has taken its place. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { safeParse } from 'valibot'
import { errorMessage, outcomeMessage, reportMessage } from '../../../src/control/messages.ts'
import { pinOf } from '../../../src/discovery/ca-pins.ts'
import { clusterOf, readClusterInfoData } from '../../../src/discovery/cluster-info.ts'
import { detachedSignature, isSignedWith } from '../../../src/discovery/detached-jws.ts'
import { CertletError } from '../../../src/errors.ts'
import { subjectAltNamesFromNode } from '../../../src/identity/subject-alt-names.ts'
import { apiErrorOf } from '../../../src/kube/api-error.ts'
import { clusterInfoData } from '../../../src/kube/cluster-info.ts'
import { nodeReadiness } from '../../../src/kube/node-readiness.ts'
import { nodeAddressChanges, nodeAddresses } from '../../../src/kube/nodes.ts'
import { publishedCa } from '../../../src/kube/published-ca.ts'
import { requestSample } from '../../../src/kube/request-sample.ts'
import { reviews } from '../../../src/kube/reviews.ts'
import { servesSigningRequests, serverVersion } from '../../../src/kube/served.ts'
import { signingRequests } from '../../../src/kube/signing-requests.ts'
import { tokenSecrets } from '../../../src/kube/token-secrets.ts'
import { type WatchEvent, watch } from '../../../src/kube/watch.ts'
import { renderBootstrapKubeconfig } from '../../../src/kubeconfig/bootstrap-file.ts'
import { waitForOutcome } from '../../../src/csr/wait.ts'
import { createAuthority } from '../../../src/lab/pki/authority.ts'
import { readTokenSecret } from '../../../src/tokens/token-secret.ts'
import { connectionSaying, type Said, saidJson } from '../fake-wire.ts'
import { changed, jsonLike, jsonText, spoiled } from '../inputs.ts'
import { type Target, target } from '../target.ts'

const KEYS = [
  ...[
    'apiVersion',
    'kind',
    'metadata',
    'name',
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'spec',
    'status',
    'items',
  ],
  ...['request', 'signerName', 'usages', 'expirationSeconds', 'username', 'conditions', 'type', 'reason', 'message'],
  ...[
    'certificate',
    'details',
    'causes',
    'field',
    'retryAfterSeconds',
    'code',
    'addresses',
    'address',
    'data',
    'userInfo',
  ],
  ...['groups', 'allowed', 'trustBundle', 'resources', 'gitVersion', 'object', 'managedFields', 'labels'],
]

const csr = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'one', uid: 'u1', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    request: 'UEVN',
    signerName: 's/x',
    usages: ['client auth'],
    username: 'system:bootstrap:abcdef',
    groups: ['a'],
    expirationSeconds: 600,
  },
  status: {
    conditions: [
      {
        type: 'Approved',
        status: 'True',
        reason: 'AutoApproved',
        message: 'yes',
        lastUpdateTime: '2026-01-01T00:00:00Z',
      },
    ],
    certificate: 'UEVN',
  },
}
const list = { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '9' }, items: [csr] }
const node = {
  metadata: { name: 'n1', resourceVersion: '3' },
  status: {
    addresses: [
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'Hostname', address: 'n1' },
    ],
    conditions: [{ type: 'Ready', status: 'True' }],
  },
}
const secret = {
  type: 'bootstrap.kubernetes.io/token',
  metadata: { name: 'bootstrap-token-abcdef' },
  data: { 'token-id': 'YWJjZGVm', expiration: 'AAAA', 'auth-extra-groups': 'c3lzdGVt' },
}
const status = {
  kind: 'Status',
  reason: 'Forbidden',
  message:
    'certificatesigningrequests.certificates.k8s.io is forbidden: User "system:bootstrap:abcdef" cannot create resource "certificatesigningrequests"',
  details: { causes: [{ field: 'spec.usages', message: 'Required value' }], retryAfterSeconds: 3 },
  code: 403,
}

/** A call, and what a sound server would answer it with. */
interface Call {
  readonly name: string
  readonly sound: object
  readonly make: (connection: ReturnType<typeof connectionSaying>) => Promise<unknown>
}

const calls: Call[] = [
  {
    name: 'create',
    sound: csr,
    make: (to) => signingRequests(to).create({ name: 'one', signerName: 's/x', request: 'PEM', usages: [] }, to.signal),
  },
  { name: 'read', sound: csr, make: (to) => signingRequests(to).read('one', to.signal) },
  { name: 'sample', sound: list, make: (to) => requestSample(to, 's/x', to.signal) },
  {
    name: 'who am I',
    sound: { status: { userInfo: { username: 'u', groups: ['g'] } } },
    make: (to) => reviews(to).whoAmI(to.signal),
  },
  {
    name: 'may I',
    sound: { spec: {}, status: { allowed: true } },
    make: (to) => reviews(to).may({ verb: 'get', group: '', resource: 'x' }, to.signal),
  },
  {
    name: 'Node',
    sound: node,
    make: async (to) => {
      const addresses = await nodeAddresses(to, 'n1', to.signal)
      subjectAltNamesFromNode(addresses ?? [])
      await nodeReadiness(to, 'n1', to.signal)
    },
  },
  {
    name: 'published CA',
    sound: { data: { 'ca.crt': 'PEM' } },
    make: (to) => publishedCa(to, { kind: 'configmap', namespace: 'x' }, to.signal),
  },
  {
    name: 'trust bundles',
    sound: {
      items: [
        { metadata: { name: 'b' }, spec: { signerName: 'kubernetes.io/kube-apiserver-serving', trustBundle: 'PEM' } },
      ],
    },
    make: (to) => publishedCa(to, { kind: 'trust-bundle' }, to.signal),
  },
  {
    name: 'cluster-info',
    sound: { data: { kubeconfig: 'x', 'jws-kubeconfig-abcdef': 'y' } },
    make: async (to) => readClusterInfoData(await clusterInfoData(to, to.signal)),
  },
  { name: 'version', sound: { gitVersion: 'v1.36.2' }, make: (to) => serverVersion(to, to.signal) },
  {
    name: 'resources',
    sound: { resources: [{ name: 'certificatesigningrequests', kind: 'x', namespaced: false, verbs: ['get'] }] },
    make: (to) => servesSigningRequests(to, to.signal),
  },
  {
    name: 'tokens',
    sound: { items: [secret] },
    make: async (to) => {
      for (const one of await tokenSecrets(to, 'kube-system').list(to.signal)) readTokenSecret(one, new Date(0))
    },
  },
]

export async function answerTargets(): Promise<Target[]> {
  const ca = await createAuthority('kubernetes', new Date())
  const info = renderBootstrapKubeconfig({ server: 'https://127.0.0.1:6443', caPem: ca.certificatePem }, { token: 'x' })
  const token = { id: 'abcdef', secret: '0123456789abcdef' }
  const jws = detachedSignature(info, token)
  const codes = fc.constantFrom(200, 201, 204, 301, 302, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 0, 999)

  return [
    target(
      'Status',
      fc.record({
        code: fc.constantFrom(300, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503, 999),
        body: fc.oneof(
          spoiled(status, KEYS).map((value) => jsonText(value)),
          changed(JSON.stringify(status)),
        ),
        after: fc.option(
          fc.oneof(
            fc.constantFrom('3', '-1', '1e400', 'NaN', '', 'Wed, 21 Oct 2026 07:28:00 GMT', '9'.repeat(400)),
            fc.string(),
          ),
          { nil: undefined },
        ),
      }),
      ({ code, body, after }) => {
        const headers = after === undefined ? {} : { 'retry-after': after }
        const { message, hint, retryAfterMs = 1 } = apiErrorOf('read x', { status: code, headers, body })
        assert.ok(message.length < 25_000, 'nobody reads more')
        assert.doesNotMatch(message.replaceAll(/\n(?=  )/g, ''), /[\p{Cc}\u202e]/u)
        assert.doesNotMatch(hint, /\p{Cc}/u)
        assert.ok(retryAfterMs > 0)
      },
    ),
    target(
      'answer to a call',
      fc.constantFrom(...calls).chain((call) =>
        fc.record({
          call: fc.constant(call),
          said: fc.oneof(
            {
              weight: 5,
              arbitrary: fc.tuple(spoiled(call.sound, KEYS), codes).map(([value, code]) => saidJson(value, code)),
            },
            {
              weight: 1,
              arbitrary: fc
                .tuple(changed(JSON.stringify(call.sound)), codes)
                .map(([text, code]): Said => ({ status: code, chunks: [Buffer.from(text)] })),
            },
            {
              weight: 1,
              arbitrary: fc
                .tuple(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }), codes)
                .map(([chunks, code]): Said => ({ status: code, chunks })),
            },
          ),
        }),
      ),
      async ({ call, said }) => {
        using connection = connectionSaying([said])
        await call.make(connection)
      },
    ),
    target(
      'answer without end',
      fc.record({ piece: fc.uint8Array({ minLength: 100, maxLength: 100_000 }), code: codes }),
      async ({ piece, code }) => {
        let taken = 0
        using connection = connectionSaying([{ status: code, chunks: endless(piece, (bytes) => (taken += bytes)) }])
        await assert.rejects(signingRequests(connection).read('one', connection.signal), CertletError)
        assert.ok(taken <= 4 * 1024 * 1024 + piece.length, `${taken} bytes were taken`)
      },
    ),
    target(
      'watch stream',
      fc.record({
        events: fc.array(fc.oneof(event, fc.constant('')), { maxLength: 8 }),
        cuts: fc.array(fc.nat(2000), { maxLength: 12 }),
        glue: fc.constantFrom('\n', '\r\n', '\n\n\n'),
      }),
      async ({ events, cuts, glue }) => {
        const bytes = Buffer.from(events.map((one) => (one === '' ? '' : JSON.stringify(one)) + glue).join(''))
        const seen = await watched({ status: 200, chunks: piecesOf(bytes, cuts) })
        assert.deepEqual(
          seen,
          JSON.parse(JSON.stringify(events.filter((one) => one !== ''))),
          'however it is cut, the same events come out',
        )
      },
    ),
    target(
      'watch stream that is none',
      fc.record({
        text: fc.oneof(
          changed(`${JSON.stringify({ type: 'ADDED', object: csr })}\n`.repeat(3)),
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
        ),
        cuts: fc.array(fc.nat(2000), { maxLength: 12 }),
        code: codes,
      }),
      async ({ text, cuts, code }) => {
        await watched({ status: code, chunks: piecesOf(Buffer.from(text, 'latin1'), cuts) })
      },
    ),
    target(
      'watch event without end',
      fc
        .uint8Array({ minLength: 100, maxLength: 100_000 })
        .map((piece) => piece.map((byte) => (byte === 10 ? 11 : byte))),
      async (piece) => {
        let taken = 0
        await assert.rejects(watched({ status: 200, chunks: endless(piece, (bytes) => (taken += bytes)) }), {
          code: 'API_UNEXPECTED',
        })
        // A byte that is no UTF-8 becomes one character, a character of four bytes two.
        assert.ok(taken <= 2 * 4 * 1024 * 1024 + piece.length, `${taken} bytes were taken`)
      },
    ),
    target(
      'events of our request',
      fc.array(
        fc.tuple(fc.constantFrom('ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'ELSE'), spoiled(csr, KEYS)),
        { minLength: 1, maxLength: 5 },
      ),
      async (events) => {
        const stream: Said = {
          status: 200,
          chunks: events.map(([type, object]) => Buffer.from(`${JSON.stringify({ type, object })}\n`)),
        }
        using connection = connectionSaying([stream, { status: 401, chunks: [] }])
        const request = {
          name: 'one',
          uid: 'u1',
          resourceVersion: '7',
          signerName: 's/x',
          request: '',
          usages: [],
          username: '',
          conditions: [],
        }
        const outcome = await waitForOutcome(signingRequests(connection), request, {
          signal: connection.signal,
          onVerdict: () => undefined,
        })
        if (outcome.kind === 'denied' || outcome.kind === 'failed') {
          assert.ok(outcome.message.length <= 501 && outcome.reason.length <= 501)
          assert.doesNotMatch(outcome.message + outcome.reason, /\p{Cc}/u)
        }
      },
    ),
    target('changes of a Node', spoiled(node, KEYS), async (object) => {
      const listed = saidJson({ metadata: { resourceVersion: '1' }, items: [object] })
      using connection = connectionSaying([listed, saidJson({ type: 'MODIFIED', object }), { status: 401, chunks: [] }])
      let left = 3
      for await (const addresses of nodeAddressChanges(connection, 'n1', connection.signal)) {
        subjectAltNamesFromNode(addresses ?? [])
        if (--left === 0) break
      }
    }),
    target(
      'cluster-info',
      fc.oneof(changed(info), spoiled({ kubeconfig: info, 'jws-kubeconfig-abcdef': jws }, ['kubeconfig'])),
      (value) => {
        const text = typeof value === 'string' ? value : readClusterInfoData(value).kubeconfig
        assert.equal(isSignedWith(token, text, jws), text === info, 'a signature holds for its text alone')
        for (const certificate of clusterOf(text).ca) pinOf(certificate)
      },
    ),
    target('JWS', changed(jws), (text) => {
      assert.equal(isSignedWith(token, info, text), text === jws)
    }),
    target(
      'answer of the daemon',
      fc.tuple(
        spoiled(report, ['kind', 'client', 'serving', 'error']),
        fc.constantFrom(reportMessage, outcomeMessage, errorMessage),
      ),
      ([value, schema]) => {
        safeParse(schema, value)
      },
    ),
  ]
}

const event = fc.record({
  type: fc.constantFrom('ADDED', 'MODIFIED', 'BOOKMARK'),
  object: fc.oneof(fc.constant(csr), fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }), jsonLike(KEYS)),
})

const moments = {
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  rotateAt: '2026-09-01T00:00:00.000Z',
}
const report = {
  nodeName: 'n1',
  client: {
    purpose: 'client',
    ready: true,
    certificate: { subject: 's', issuer: 'i', serial: '1', names: [], ...moments },
    waiting: { reason: 'approval', sentence: 's', since: '2026-01-01T00:00:00Z' },
  },
  clockSkewMs: 3,
}

function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return places.map((end, index) => bytes.subarray(places[index - 1] ?? 0, end))
}

async function* endless(piece: Uint8Array, taken: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for (;;) {
    taken(piece.length)
    yield await Promise.resolve(piece)
  }
}

async function watched(said: Said): Promise<WatchEvent[]> {
  using connection = connectionSaying([said])
  const { clock } = connection.retry
  const events: WatchEvent[] = []
  const url = new URL('https://api.example:6443/x')
  for await (const one of watch(connection.wire, url, { what: 'it', clock, draw: 0, signal: connection.signal })) {
    events.push(one)
  }
  return events
}
