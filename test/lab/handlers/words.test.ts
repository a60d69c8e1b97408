import assert from 'node:assert/strict'
import { startLab } from '../../../src/lab/index.ts'
import { type Reply, send, sendAsAdmin } from '../../support/lab-client.ts'
import { CSRS, kubeletRequest } from '../../support/lab-requests.ts'

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
const REVIEWS = '/apis/authorization.k8s.io/v1/'
const MERGE = 'application/merge-patch+json'

interface Case {
  readonly title: string
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly type?: string
  readonly status: number
  readonly says?: RegExp
}

const cases: readonly Case[] = [
  {
    title: 'a body in upper-case JSON',
    method: 'POST',
    path: LEASES,
    body: { metadata: { name: 'a' } },
    type: 'APPLICATION/JSON',
    status: 201,
  },
  {
    title: 'the first of two YAML documents',
    method: 'POST',
    path: LEASES,
    body: 'metadata: {name: a}\n---\nnonsense: [',
    type: 'application/yaml',
    status: 201,
  },
  {
    title: 'YAML without a document as null',
    method: 'POST',
    path: LEASES,
    body: '# nothing\n',
    type: 'application/yaml',
    status: 422,
    says: /name or generateName is required/,
  },
  {
    title: 'an object of another namespace',
    method: 'POST',
    path: LEASES,
    body: { metadata: { name: 'a', namespace: 'kube-system' } },
    status: 400,
    says: /^the namespace of the provided object does not match/,
  },
  {
    title: 'a label without a name',
    method: 'POST',
    path: LEASES,
    body: { metadata: { name: 'a', labels: { '': 'x' } } },
    status: 422,
    says: /name part must be non-empty, .*name part must consist of/,
  },
  {
    title: 'null in a list of texts',
    method: 'POST',
    path: CSRS,
    body: { metadata: { name: 'a' }, spec: { usages: [null] } },
    status: 422,
    says: /spec\.usages\[0\]: Unsupported value: ""/,
  },
  {
    title: 'a path below a subresource',
    method: 'GET',
    path: `${CSRS}/one/status/x`,
    status: 404,
    says: /^the server could not find the requested resource$/,
  },
  {
    title: 'a patch to another kind',
    method: 'PATCH',
    path: `${CSRS}/one`,
    body: { kind: 'Foo' },
    type: MERGE,
    status: 422,
    says: /no kind "Foo" is registered for version "certificates\.k8s\.io\/v1"/,
  },
  {
    title: 'a strategic patch to another kind, which counts for nothing',
    method: 'PATCH',
    path: `${CSRS}/one`,
    body: { kind: 'Foo' },
    type: 'application/strategic-merge-patch+json',
    status: 200,
  },
  {
    title: 'a merge patch that is null',
    method: 'PATCH',
    path: `${CSRS}/one`,
    body: 'null',
    type: MERGE,
    status: 400,
    says: /^Invalid JSON Patch$/,
  },
  {
    title: 'options of a deletion in any version',
    method: 'DELETE',
    path: `${CSRS}/one`,
    body: { kind: 'DeleteOptions', apiVersion: 'example.com/v7' },
    status: 200,
  },
  {
    title: 'options of a deletion that are a list',
    method: 'DELETE',
    path: `${CSRS}/one`,
    body: [],
    status: 500,
    says: /^couldn't get version\/kind; json parse error: json: cannot unmarshal array/,
  },
  {
    title: 'options of a deletion that break off',
    method: 'DELETE',
    path: `${CSRS}/one`,
    body: '{',
    status: 500,
    says: /unexpected end of JSON input$/,
  },
  {
    title: 'options of a deletion of another type',
    method: 'DELETE',
    path: `${CSRS}/one`,
    body: { propagationPolicy: 1 },
    status: 500,
    says: /^json: cannot unmarshal number into Go struct field DeleteOptions\.propagationPolicy of type v1\.DeletionPropagation$/,
  },
  {
    title: 'options of a deletion that are options of a creation',
    method: 'DELETE',
    path: `${CSRS}/one`,
    body: { kind: 'CreateOptions', apiVersion: 'v1' },
    status: 500,
    says: /^decoded object cannot be converted to DeleteOptions$/,
  },
  {
    title: 'a grace period that is no number',
    method: 'DELETE',
    path: `${CSRS}/one?gracePeriodSeconds=x`,
    status: 400,
    says: /^strconv\.ParseInt: parsing "x": invalid syntax$/,
  },
  { title: 'all namespaces at once', method: 'DELETE', path: '/api/v1/namespaces', status: 405 },
  {
    title: 'a review with a name',
    method: 'POST',
    path: `${REVIEWS}selfsubjectaccessreviews`,
    body: { metadata: { name: 'x' }, spec: { resourceAttributes: { verb: 'get' } } },
    status: 422,
    says: /metadata: Invalid value: v1\.ObjectMeta\{Name:"x", .*\}: must be empty$/,
  },
  {
    title: 'a local review of a path',
    method: 'POST',
    path: `${REVIEWS}namespaces/default/localsubjectaccessreviews`,
    body: { spec: { user: 'a', nonResourceAttributes: { path: '/x', verb: 'get' } } },
    status: 422,
    says: /\{Path:"\/x", Verb:"get"\}: disallowed on this kind of request$/,
  },
]

describe('the lab answers in the API server’s words to', () => {
  for (const { title, method, path, body, type, status, says } of cases) {
    it(title, async () => {
      await using lab = await startLab({ approve: 'none' })
      await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
      const headers = type === undefined ? {} : { headers: { 'content-type': type } }
      const reply = await sendAsAdmin(lab, method, path, { ...(body !== undefined && { body }), ...headers })
      assert.equal(reply.status, status, reply.text)
      if (says) assert.match((reply.body as { message: string }).message, says)
    })
  }

  it('a token with a space before it, which is none', async () => {
    await using lab = await startLab({ approve: 'none' })
    const { status, headers } = await send(lab, 'GET', CSRS, { headers: { authorization: `Bearer  ${lab.token}` } })
    assert.equal(status, 403)
    assert.equal(
      headers['warning'],
      '299 - "the provided Authorization header contains extra space before the bearer token, and is ignored"',
    )
  })

  it('a review of a token, for the audience that it is good for', async () => {
    await using lab = await startLab({ serviceAccountIssuer: 'https://issuer' })
    const review = (audiences: string[]): Promise<Reply> =>
      sendAsAdmin(lab, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        body: { spec: { token: lab.token, audiences } },
      })
    const statusOf = async (audiences: string[]): Promise<Record<string, unknown>> =>
      (await review(audiences)).body['status'] as Record<string, unknown>
    assert.deepEqual((await statusOf([]))['audiences'], ['https://issuer'])
    assert.deepEqual((await statusOf(['a', 'https://issuer']))['authenticated'], true)
    assert.deepEqual(await statusOf(['a']), { user: {}, error: 'invalid bearer token' })
  })
})
