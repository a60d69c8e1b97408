import assert from 'node:assert/strict'
import { type GenerationName, type Lab, startLab } from '../../src/lab/index.ts'
import { send } from '../support/lab-client.ts'

/** What kubectl sends. */
const ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

interface Group {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly {
    readonly version: string
    readonly freshness?: string
    readonly resources: readonly Resource[]
  }[]
}
interface Resource {
  readonly resource: string
  readonly singularResource: string
  readonly subresources?: readonly { readonly subresource: string }[]
}

const typeOf = async (lab: Lab, accept: string): Promise<string | undefined> =>
  (await send(lab, 'GET', '/apis', { headers: { accept } })).headers['content-type']

describe('discovery of everything at once', () => {
  for (const [emulate, type] of [
    ['1.26', 'application/json'],
    ['1.31', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'],
    ['1.36', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'],
  ] as const satisfies [GenerationName, string][]) {
    it(`is answered to kubectl by ${emulate} as ${type}`, async () => {
      await using lab = await startLab({ emulate })
      assert.equal(await typeOf(lab, ACCEPT), type)
    })
  }

  it('is not answered to who prefers the plain one', async () => {
    await using lab = await startLab()
    assert.equal(await typeOf(lab, `application/json,${ACCEPT}`), 'application/json')
    assert.equal(await typeOf(lab, '*/*'), 'application/json')
  })

  it('names groups, versions, resources and subresources, and need not be sent twice', async () => {
    await using lab = await startLab()
    const reply = await send(lab, 'GET', '/apis', { headers: { accept: ACCEPT } })
    const { items } = reply.body as unknown as { items: readonly Group[] }
    const certificates = items.find(({ metadata }) => metadata.name === 'certificates.k8s.io')?.versions[0]
    assert.equal(certificates?.freshness, 'Current')
    const requests = certificates.resources[0]
    assert.equal(requests?.singularResource, 'certificatesigningrequest')
    assert.deepEqual(
      requests.subresources?.map(({ subresource }) => subresource),
      ['approval', 'status'],
    )
    const etag = reply.headers.etag ?? ''
    const again = await send(lab, 'GET', '/apis', { headers: { accept: ACCEPT, 'if-none-match': etag } })
    assert.deepEqual([again.status, again.text], [304, ''])
    const core = await send(lab, 'GET', '/api', { headers: { accept: ACCEPT } })
    assert.deepEqual((core.body as unknown as { items: readonly Group[] }).items.length, 1)
  })
})
