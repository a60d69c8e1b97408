import assert from 'node:assert/strict'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import type { LabResponse } from '../../../src/lab/request.ts'

const CERTIFICATES = '/openapi/v3/apis/certificates.k8s.io/v1'

type Json = Record<string, unknown>

/** What is found by a path of keys. */
function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce((inner, key) => (inner as Json | undefined)?.[key], value)
}

const json = ({ body }: LabResponse): Json => JSON.parse(Buffer.from(body as Uint8Array).toString('utf8')) as Json

describe('OpenAPI documents', () => {
  let lab: Lab
  before(async () => {
    lab = await startLab()
  })
  after(() => lab.close())

  const get = (path: string): Promise<Json> => lab.admin('GET', path).then(({ body }) => body as Json)

  it('are listed with their hashes, one for each group version that discovery tells of', async () => {
    const paths = at(await get('/openapi/v3'), 'paths') as Record<string, { serverRelativeURL: string }>
    const groups = at(await get('/apis'), 'groups') as { versions: { groupVersion: string }[] }[]
    const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => `apis/${groupVersion}`))
    assert.deepEqual(Object.keys(paths).sort(), ['api/v1', ...versions].sort())
    for (const { serverRelativeURL } of Object.values(paths))
      assert.equal(at(await get(serverRelativeURL), 'openapi'), '3.0.0')
  })

  it('refer to nothing that they do not hold', async () => {
    const paths = at(await get('/openapi/v3'), 'paths') as Record<string, unknown>
    for (const path of Object.keys(paths)) {
      const document = await get(`/openapi/v3/${path}`)
      const names = Object.keys(at(document, 'components', 'schemas') as object)
      const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)
      for (const [, name = ''] of references) assert.ok(names.includes(name), `${name} in ${path}`)
    }
  })

  it('say of a patch what kubectl looks for: its kind, its media types, the validation of fields', async () => {
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}'
    const patch = at(await get(CERTIFICATES), 'paths', path, 'patch')
    assert.deepEqual(at(patch, 'x-kubernetes-group-version-kind'), {
      group: 'certificates.k8s.io',
      version: 'v1',
      kind: 'CertificateSigningRequest',
    })
    assert.deepEqual(Object.keys(at(patch, 'requestBody', 'content') as object), [
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
    ])
    assert.ok((at(patch, 'parameters') as { name: string }[]).some(({ name }) => name === 'fieldValidation'))
  })

  it('say how lists are merged', async () => {
    const schemas = at(await get('/openapi/v3/api/v1'), 'components', 'schemas')
    const conditions = at(schemas, 'io.k8s.api.core.v1.NodeStatus', 'properties', 'conditions')
    assert.equal(at(conditions, 'x-kubernetes-patch-merge-key'), 'type')
    assert.equal(at(conditions, 'x-kubernetes-patch-strategy'), 'merge')
  })

  /** Asked with the bootstrap token: documents are for everybody who is known. */
  const ask = (path: string, headers: Record<string, string[]> = {}): LabResponse =>
    lab.handle({ method: 'GET', path, headers: { authorization: [`Bearer ${lab.token}`], ...headers } })

  it('are sent once to those who keep them', () => {
    const index = ask('/openapi/v3')
    const modified = index.headers.find(([name]) => name === 'Last-Modified')?.[1] ?? ''
    assert.equal(ask('/openapi/v3', { 'if-modified-since': [modified] }).status, 304)
    const current = at(json(index), 'paths', 'apis/certificates.k8s.io/v1', 'serverRelativeURL') as string
    const hash = current.split('=')[1] ?? ''
    assert.equal(ask(current, { 'if-none-match': [`"${hash}"`] }).status, 304)
    const moved = ask(`${CERTIFICATES}?hash=ABC`)
    assert.equal(moved.status, 301)
    assert.ok(moved.headers.some(([name, value]) => name === 'Location' && value === current))
  })

  it('are refused in another form than JSON', () => {
    const accept = ['application/com.github.proto-openapi.spec.v3@v1.0+protobuf']
    assert.equal(ask(CERTIFICATES, { accept }).status, 406)
  })

  it('are empty in version 2, which old kubectl asks for as protobuf', () => {
    assert.deepEqual(json(ask('/openapi/v2')), {
      swagger: '2.0',
      info: { title: 'Kubernetes', version: 'v1.36.0' },
      paths: {},
    })
    const accept = ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf']
    const { body } = ask('/openapi/v2', { accept })
    // The fields of Document: 1 is swagger, 2 is info with title and version.
    assert.equal(Buffer.from(body as Uint8Array).toString('latin1'), '\n\x032.0\x12\x15\n\nKubernetes\x12\x07v1.36.0')
  })
})
