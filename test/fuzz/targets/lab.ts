/** The lab's every route: what any client may send to it. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type LabRequest, startLab } from '../../../src/lab/index.ts'
import { resources } from '../../../src/lab/resources/resources.ts'
import { kubeletRequest } from '../../support/lab-requests.ts'
import { changed, changedBytes, jsonLike, jsonText, spoiled } from '../inputs.ts'
import { type Target, target } from '../target.ts'

const KEYS = [
  ...[
    'apiVersion',
    'kind',
    'metadata',
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'labels',
    'annotations',
    'finalizers',
  ],
  ...[
    'spec',
    'status',
    'data',
    'stringData',
    'type',
    'rules',
    'subjects',
    'roleRef',
    'conditions',
    'request',
    'usages',
  ],
  ...[
    'signerName',
    'expirationSeconds',
    'holderIdentity',
    'involvedObject',
    'regarding',
    'op',
    'path',
    'value',
    'preconditions',
  ],
  ...[
    'propagationPolicy',
    'ownerReferences',
    'managedFields',
    'resourceAttributes',
    'verb',
    'token',
    '$patch',
    '$retainKeys',
  ],
]

const DOCUMENTS = [
  '/',
  '/api',
  '/apis',
  '/api/v1',
  '/apis/certificates.k8s.io/v1',
  '/version',
  '/healthz',
  '/readyz?verbose',
  '/livez/ping',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/metrics',
  '/.well-known/x',
]
const REVIEWS = [
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews',
  '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
]

const name = fc.constantFrom(
  'a',
  'one',
  'default',
  'kube-system',
  'n1',
  'system:node:n1',
  'cluster-admin',
  'kube-root-ca.crt',
  '..',
  '%00',
  '%2e%2e',
  'A',
  'x'.repeat(300),
  '__proto__',
  'é',
)

const collections = resources.map(({ group, version, plural, namespaced, subresources = {}, posted = {} }) => ({
  root: group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
  plural,
  namespaced,
  below: [...Object.keys(subresources), ...Object.keys(posted), 'nothing'],
}))

const path = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...collections).chain(({ root, plural, namespaced, below }) =>
      fc
        .record({
          namespace: fc.option(name, { freq: namespaced ? 4 : 1 }),
          name: fc.option(name),
          below: fc.option(fc.constantFrom(...below)),
        })
        .map(
          (at) =>
            `${root}${at.namespace === null ? '' : `/namespaces/${at.namespace}`}/${plural}${at.name === null ? '' : `/${at.name}`}${at.name !== null && at.below !== null ? `/${at.below}` : ''}`,
        ),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...DOCUMENTS, ...REVIEWS) },
  { weight: 1, arbitrary: changed('/apis/certificates.k8s.io/v1/certificatesigningrequests/one/approval') },
)

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'watch',
        'fieldSelector',
        'labelSelector',
        'resourceVersion',
        'resourceVersionMatch',
        'limit',
        'continue',
        'timeoutSeconds',
        'timeout',
        'pretty',
        'dryRun',
        'fieldManager',
        'fieldValidation',
        'force',
        'allowWatchBookmarks',
        'sendInitialEvents',
        'gracePeriodSeconds',
        'propagationPolicy',
        'orphanDependents',
      ),
      fc.oneof(
        fc.constantFrom(
          '',
          '0',
          '1',
          'true',
          'All',
          'metadata.name=one',
          'a in (b,c),!d',
          'spec.signerName=x',
          '-1',
          '99999999999999999999',
          'Strict',
          'NotOlderThan',
          '5s',
          '%',
        ),
        fc.string({ unit: 'binary' }),
      ),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([key, value]) => `${key}=${encoded(value)}`).join('&')}`))

const MEDIA = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  '*/*',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  ';;;',
  '',
]

export async function labTargets(): Promise<{ targets: Target[]; close: () => Promise<void> }> {
  const lab = await startLab({ protobuf: true })
  const csr = await kubeletRequest('one', 'n1')
  const objects = [
    csr,
    { metadata: { name: 'a', namespace: 'default', labels: { x: 'y' } }, data: { x: 'eA==' }, type: 'Opaque' },
    { metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
    {
      metadata: { name: 'r' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'x' },
      subjects: [{ kind: 'Group', name: 'g' }],
      rules: [{ verbs: ['get'], resources: ['*'], apiGroups: [''] }],
    },
    [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }],
    { spec: { resourceAttributes: { verb: 'get', resource: 'nodes' }, token: 'x', user: 'u' }, status: {} },
    { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'x' }, propagationPolicy: 'Orphan' },
  ]
  const body = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .constantFrom(...objects)
        .chain((object) => spoiled(object, KEYS))
        .map((value) => Buffer.from(jsonText(value))),
    },
    { weight: 1, arbitrary: fc.constantFrom(...objects).map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: changed(JSON.stringify(csr)).map((text) => Buffer.from(text)) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
    },
    { weight: 1, arbitrary: jsonLike(KEYS).map((value) => Buffer.from(jsonText(value))) },
    { weight: 1, arbitrary: changedBytes(Buffer.from(JSON.stringify(csr))).map((bytes) => Buffer.from(bytes)) },
  )
  const requests = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'BREW', ''),
    path,
    query,
    accept: fc.option(fc.oneof(fc.constantFrom(...MEDIA), fc.string()), { nil: undefined }),
    type: fc.option(fc.oneof(fc.constantFrom(...MEDIA), fc.string()), { nil: undefined }),
    authorization: fc.oneof(
      { weight: 3, arbitrary: fc.constant(`Bearer ${lab.token}`) },
      { weight: 1, arbitrary: changed(`Bearer ${lab.token}`) },
    ),
    impersonate: fc.option(fc.constantFrom('kubernetes-admin', 'system:node:n1', '', 'x'), { nil: undefined, freq: 1 }),
    certificate: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined, freq: 1 }),
    body: fc.option(body, { nil: undefined, freq: 6 }),
  })
  const headers = (all: Record<string, string | undefined>): LabRequest['headers'] =>
    Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, [value]]])))

  const anybody = target('the lab’s routes, asked by anybody', requests, (asked) => {
    answered({
      method: asked.method,
      path: asked.path + asked.query,
      headers: headers({
        accept: asked.accept,
        'content-type': asked.type,
        authorization: asked.authorization,
        'impersonate-user': asked.impersonate,
      }),
      ...(asked.body && { body: asked.body }),
      ...(asked.certificate && { clientCertificates: [asked.certificate] }),
    })
  })
  /** By one who may do everything, so that it gets as far as it can: a cluster's administrator. */
  const administrator = target('the lab’s routes, asked by an administrator', requests, (asked) => {
    answered({
      method: asked.method,
      path: asked.path + asked.query,
      headers: headers({ accept: asked.accept, 'content-type': asked.type, authorization: `Bearer ${adminToken}` }),
      ...(asked.body && { body: asked.body }),
    })
  })

  function answered(request: LabRequest): void {
    const gone = new AbortController()
    const { status, headers: sent, body: said } = lab.handle({ ...request, signal: gone.signal })
    assert.ok(Number.isInteger(status) && status >= 200 && status < 600, `status ${status}`)
    for (const [, value] of sent) assert.doesNotMatch(value, /[\r\n]/, 'a header of two lines')
    if (!(said instanceof Uint8Array)) {
      gone.abort(new Error('gone'))
      return
    }
    const text = Buffer.from(said).toString()
    assert.doesNotMatch(text, /the lab has a defect/, text)
    assert.doesNotMatch(text, /\.ts:\d+/, text)
  }
  const adminToken = await tokenOfAdministrator()
  return { targets: [anybody, administrator], close: () => lab.close() }

  /** A service account that is cluster-admin. */
  async function tokenOfAdministrator(): Promise<string> {
    const account = '/api/v1/namespaces/kube-system/serviceaccounts'
    await lab.admin('POST', account, { metadata: { name: 'fuzz' } })
    await lab.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'fuzz' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'fuzz', namespace: 'kube-system' }],
    })
    const { status, body: made } = await lab.admin('POST', `${account}/fuzz/token`, {
      spec: { audiences: [], expirationSeconds: 86_400 },
    })
    assert.equal(status, 201, JSON.stringify(made))
    return (made as { status: { token: string } }).status.token
  }
}

/** Lone surrogates cannot be encoded. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
