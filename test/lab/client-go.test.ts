import assert from 'node:assert/strict'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { type Reply, sendAsAdmin } from '../support/lab-client.ts'
import { CSRS, csrWhen, isIssued, kubeletRequest } from '../support/lab-requests.ts'

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'
const CORE_EVENTS = '/api/v1/namespaces/default/events'
const NEW_EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events'
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' }
const TIME = '2026-01-01T00:00:00.000000Z'

type Json = Record<string, unknown>
const metadataOf = ({ body }: Reply): Json => body['metadata'] as Json
const causesOf = ({ body }: Reply): string[] =>
  ((body['details'] as { causes?: { field: string }[] } | undefined)?.causes ?? []).map(({ field }) => field)

/** As an EventRecorder of client-go's tools/record writes it. */
const coreEvent = (more: Json = {}): Json => ({
  metadata: { name: 'one.1', namespace: 'default' },
  involvedObject: { kind: 'CertificateSigningRequest', name: 'one', apiVersion: 'certificates.k8s.io/v1' },
  reason: 'Approving',
  message: 'by policy',
  source: { component: 'demo' },
  firstTimestamp: '2026-01-01T00:00:00Z',
  lastTimestamp: '2026-01-01T00:00:00Z',
  count: 1,
  type: 'Normal',
  eventTime: null,
  reportingComponent: 'demo',
  reportingInstance: '',
  ...more,
})

/** As one of client-go's tools/events writes it. */
const newEvent = (more: Json = {}): Json => ({
  metadata: { name: 'one.2', namespace: 'default' },
  eventTime: TIME,
  reportingController: 'demo.example.com',
  reportingInstance: 'demo.example.com-host',
  action: 'Approve',
  reason: 'Approving',
  regarding: { kind: 'CertificateSigningRequest', name: 'one', apiVersion: 'certificates.k8s.io/v1' },
  note: 'by policy',
  type: 'Normal',
  ...more,
})

describe('what a controller on client-go asks of the lab', () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await startLab({ approve: 'none' })
  })
  afterEach(() => lab.close())

  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
    sendAsAdmin(lab, method, path, { ...(body !== undefined && { body }), headers })

  it('leader election: a lease is not there, made, renewed, lost to nobody with an old version, and given back', async () => {
    const spec = {
      holderIdentity: 'me',
      leaseDurationSeconds: 3,
      acquireTime: TIME,
      renewTime: TIME,
      leaseTransitions: 0,
    }
    assert.equal((await ask('GET', `${LEASES}/demo`)).status, 404)
    const made = await ask('POST', LEASES, { metadata: { name: 'demo', namespace: 'kube-system' }, spec })
    assert.equal(made.status, 201)
    const renewed = await ask('PUT', `${LEASES}/demo`, { ...made.body, spec: { ...spec, leaseTransitions: 1 } })
    assert.equal(renewed.status, 200)
    const late = await ask('PUT', `${LEASES}/demo`, { ...made.body, spec: { ...spec, holderIdentity: 'other' } })
    assert.equal(late.status, 409)
    assert.equal(late.body['reason'], 'Conflict')
    const given = { holderIdentity: '', leaseDurationSeconds: 1, acquireTime: TIME, renewTime: TIME }
    assert.equal((await ask('PUT', `${LEASES}/demo`, { ...renewed.body, spec: given })).status, 200)
    assert.deepEqual((await ask('GET', `${LEASES}/demo`)).body['spec'], given)
  })

  it('an approval by the clientset, after a SubjectAccessReview on the requester', async () => {
    const created = await ask('POST', CSRS, await kubeletRequest('one', 'n1'))
    const { username, groups } = created.body['spec'] as { username: string; groups: string[] }
    const review = await ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: {
        ...{ user: username, groups },
        resourceAttributes: {
          ...{ group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: 'nodeclient' },
          ...{ verb: 'create', version: '*' },
        },
      },
    })
    assert.equal(review.status, 201)
    assert.equal((review.body['status'] as Json)['allowed'], true)
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Demo', message: 'by policy' }]
    const approved = await ask('PUT', `${CSRS}/one/approval`, { ...created.body, status: { conditions } })
    assert.equal(approved.status, 200)
    assert.ok((await csrWhen(lab, 'one', isIssued)).status.certificate)
  })

  it('an event, counted up by a patch when it happens again', async () => {
    assert.equal((await ask('POST', CORE_EVENTS, coreEvent())).status, 201)
    const again = { count: 2, lastTimestamp: '2026-01-01T00:00:05Z', message: 'by policy' }
    const patched = await ask('PATCH', `${CORE_EVENTS}/one.1`, again, STRATEGIC)
    assert.equal(patched.status, 200)
    assert.equal(patched.body['count'], 2)
    const selector = 'involvedObject.kind=CertificateSigningRequest,involvedObject.name=one'
    const list = await ask('GET', `/api/v1/events?fieldSelector=${encodeURIComponent(selector)}`)
    assert.equal((list.body['items'] as Json[]).length, 1)
  })

  it('an event of events.k8s.io, which becomes a series', async () => {
    assert.equal((await ask('POST', NEW_EVENTS, newEvent())).status, 201)
    const series = { count: 2, lastObservedTime: TIME }
    const patched = await ask('PATCH', `${NEW_EVENTS}/one.2`, { series }, STRATEGIC)
    assert.equal(patched.status, 200)
    assert.deepEqual(patched.body['series'], series)
    const { body } = await ask('GET', `${CORE_EVENTS}/one.2`)
    assert.equal(body['apiVersion'], 'v1')
    assert.equal(body['message'], 'by policy')
    assert.equal(body['reportingComponent'], 'demo.example.com')
    assert.deepEqual(body['involvedObject'], newEvent()['regarding'])
    assert.deepEqual(body['series'], series)
  })
})

/** What the typed clients of client-go say since 1.33, unless told otherwise. */
const PROTOBUF_FIRST = { accept: 'application/vnd.kubernetes.protobuf,application/json' }
/** DeleteOptions with propagationPolicy Background, as protobuf. */
const DELETE_OPTIONS = Buffer.from('azhzAAoTCgJ2MRINRGVsZXRlT3B0aW9ucxIMIgpCYWNrZ3JvdW5kGgAiAA==', 'base64')
const AGGREGATED = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

interface Told {
  readonly type: string
  readonly object: { readonly kind: string; readonly metadata: Json }
}
const toldBy = ({ text }: Reply): Told[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told)

describe('what client-go 0.36 asks of the lab, with protobuf as its first choice', () => {
  let lab: Lab
  const startOn = async (emulate: '1.31' | '1.36'): Promise<void> => {
    lab = await startLab({ approve: 'none', emulate })
    await sendAsAdmin(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
  }
  afterEach(() => lab.close())

  const ask = (method: string, path: string, headers: Record<string, string> = PROTOBUF_FIRST): Promise<Reply> =>
    sendAsAdmin(lab, method, path, { headers })
  /** As a reflector begins; the time is cut short. */
  const INITIAL = 'allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true'
  const FOR_A_SECOND = 'timeout=7m39s&timeoutSeconds=1&watch=true'

  it('an informer’s list by watch: what there is, then the bookmark that ends it', async () => {
    await startOn('1.36')
    const answer = await ask('GET', `${CSRS}?${INITIAL}&${FOR_A_SECOND}`)
    assert.equal(answer.status, 200)
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/)
    const [first, second] = toldBy(answer)
    assert.deepEqual([first?.type, first?.object.metadata['name']], ['ADDED', 'one'])
    assert.equal(second?.type, 'BOOKMARK')
    assert.equal(second.object.kind, 'CertificateSigningRequest')
    assert.deepEqual(second.object.metadata['annotations'], { 'k8s.io/initial-events-end': 'true' })
    assert.equal(second.object.metadata['resourceVersion'], first?.object.metadata['resourceVersion'])
  })

  it('an informer’s list on an older server: refused as a watch, then listed, then watched', async () => {
    await startOn('1.31')
    assert.equal((await ask('GET', `${CSRS}?${INITIAL}&${FOR_A_SECOND}`)).status, 422)
    const list = await ask('GET', `${CSRS}?limit=500&resourceVersion=0`)
    assert.equal((list.body['items'] as Json[]).length, 1)
    const version = String(metadataOf(list)['resourceVersion'])
    const watch = ask('GET', `${CSRS}?allowWatchBookmarks=true&resourceVersion=${version}&${FOR_A_SECOND}`)
    await lab.admin('DELETE', `${CSRS}/one`)
    assert.deepEqual(toldBy(await watch)[0]?.type, 'DELETED')
  })

  it('deletions, with their options as protobuf', async () => {
    await startOn('1.36')
    const headers = { ...PROTOBUF_FIRST, 'content-type': 'application/vnd.kubernetes.protobuf' }
    const gone = await sendAsAdmin(lab, 'DELETE', `${CSRS}/one`, { body: DELETE_OPTIONS, headers })
    assert.deepEqual([gone.status, gone.body['status']], [200, 'Success'])
    await sendAsAdmin(lab, 'POST', CSRS, { body: await kubeletRequest('two', 'n2') })
    const all = await sendAsAdmin(lab, 'DELETE', CSRS, { body: DELETE_OPTIONS, headers })
    assert.deepEqual([all.status, (all.body['items'] as Json[]).length], [200, 1])
    assert.equal((await ask('GET', `${CSRS}/two`)).status, 404)
  })

  it('metadata alone, and discovery in one document', async () => {
    await startOn('1.36')
    const partial = 'as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
    const types = [`application/vnd.kubernetes.protobuf;${partial}`, `application/json;${partial}`, 'application/json']
    const metadata = await ask('GET', CSRS, { accept: types.join() })
    assert.equal(metadata.body['kind'], 'PartialObjectMetadataList')
    const groups = await ask('GET', '/apis', { accept: `application/json;${AGGREGATED},application/json` })
    assert.deepEqual([groups.status, groups.body['kind']], [200, 'APIGroupDiscoveryList'])
  })

  it('CBOR, if it is told to: refused, so that it goes on in JSON', async () => {
    await startOn('1.36')
    const body = Buffer.from('d9d9f7a0', 'hex')
    const headers = { accept: 'application/cbor, */*', 'content-type': 'application/cbor' }
    assert.equal((await sendAsAdmin(lab, 'POST', CORE_EVENTS, { body, headers })).status, 415)
    const list = await ask('GET', CSRS, { accept: 'application/json;q=0.9,application/cbor;q=1' })
    assert.deepEqual([list.status, list.body['kind']], [200, 'CertificateSigningRequestList'])
  })

  it('protobuf and nothing else: not acceptable', async () => {
    await startOn('1.36')
    assert.equal((await ask('GET', CSRS, { accept: 'application/vnd.kubernetes.protobuf' })).status, 406)
  })

  it('the list of paths, which is JSON whatever is accepted, also where there is protobuf', async () => {
    for (const protobuf of [false, true]) {
      lab = await startLab({ protobuf })
      const { status, headers, body } = await ask('GET', '/', { accept: 'application/vnd.kubernetes.protobuf' })
      assert.deepEqual([status, headers['content-type']], [200, 'application/json'])
      assert.ok((body['paths'] as string[]).includes('/apis/certificates.k8s.io'))
      if (!protobuf) await lab.close()
    }
  })
})

describe('events.k8s.io', () => {
  let lab: Lab
  beforeEach(async () => {
    lab = await startLab({ approve: 'none' })
  })
  afterEach(() => lab.close())

  const ask = (method: string, path: string, body?: unknown): Promise<Reply> =>
    sendAsAdmin(lab, method, path, body === undefined ? {} : { body })

  it('shows the events of the core group under its names, with the same UID and version', async () => {
    const stored = await ask('POST', CORE_EVENTS, coreEvent())
    const shown = await ask('GET', `${NEW_EVENTS}/one.1`)
    assert.deepEqual(metadataOf(shown), metadataOf(stored))
    assert.equal(shown.body['apiVersion'], 'events.k8s.io/v1')
    assert.equal(shown.body['note'], 'by policy')
    assert.equal(shown.body['deprecatedCount'], 1)
    assert.deepEqual(shown.body['deprecatedSource'], { component: 'demo' })
    assert.equal(shown.body['eventTime'], null)
    assert.equal('message' in shown.body, false)
  })

  it('selects by its own names', async () => {
    await ask('POST', CORE_EVENTS, coreEvent())
    const found = async (selector: string): Promise<number> =>
      ((await ask('GET', `${NEW_EVENTS}?fieldSelector=${encodeURIComponent(selector)}`)).body['items'] as Json[]).length
    assert.equal(await found('regarding.name=one,reportingController=demo'), 1)
    assert.equal(await found('regarding.name=two'), 0)
    assert.equal((await ask('GET', `${NEW_EVENTS}?fieldSelector=involvedObject.name%3Done`)).status, 400)
  })

  it('tells a watch of an event that came by the core group, and of its end', async () => {
    await ask('POST', CORE_EVENTS, coreEvent())
    await ask('DELETE', `${CORE_EVENTS}/one.1`)
    const from = Number(metadataOf(await ask('GET', NEW_EVENTS))['resourceVersion']) - 2
    const { text } = await ask('GET', `${NEW_EVENTS}?watch=true&timeoutSeconds=1&resourceVersion=${from}`)
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; object: Json })
    assert.deepEqual(
      events.map(({ type, object }) => [type, object['apiVersion'], object['note']]),
      [
        ['ADDED', 'events.k8s.io/v1', 'by policy'],
        ['DELETED', 'events.k8s.io/v1', 'by policy'],
      ],
    )
  })

  for (const { title, more, fields } of [
    { title: 'without a time', more: { eventTime: null }, fields: ['eventTime'] },
    { title: 'of another type', more: { type: 'Bad' }, fields: ['type'] },
    { title: 'of nobody', more: { reportingController: '' }, fields: ['reportingController'] },
    { title: 'that counts in the old way', more: { deprecatedCount: 1 }, fields: ['count'] },
    {
      title: 'that is a series of one',
      more: { series: { count: 1, lastObservedTime: TIME } },
      fields: ['series.count'],
    },
    { title: 'whose note is too long', more: { note: 'n'.repeat(1025) }, fields: ['message'] },
  ]) {
    it(`refuses an event ${title}`, async () => {
      const answer = await ask('POST', NEW_EVENTS, newEvent(more))
      assert.equal(answer.status, 422)
      for (const field of fields) assert.ok(causesOf(answer).includes(field), answer.text)
    })
  }

  it('lets nothing change but the series', async () => {
    const { body } = await ask('POST', NEW_EVENTS, newEvent())
    const answer = await ask('PUT', `${NEW_EVENTS}/one.2`, { ...body, reason: 'Other' })
    assert.equal(answer.status, 422)
    assert.deepEqual(causesOf(answer), ['reason'])
  })
})
