import assert from 'node:assert/strict'
import { type Lab, type LabOptions, startLab } from '../../../src/lab/index.ts'

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'
/** A namespace with nothing in it. */
const CONFIG_MAPS = '/api/v1/namespaces/maps/configmaps'

interface Body {
  message?: string
  reason?: string
  metadata: {
    resourceVersion: string
    continue?: string
    remainingItemCount?: number
    uid?: string
    finalizers?: string[]
    deletionTimestamp?: string
  }
  items: { metadata: { name: string } }[]
  data?: Record<string, string>
}

async function request(
  lab: Lab,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  return (await lab.admin(method, path, body)) as { status: number; body: Body }
}

const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}): object => ({
  metadata: { name, ...metadata },
  data,
})

async function withMaps(names: string[], test: (lab: Lab) => Promise<void>, options: LabOptions = {}): Promise<void> {
  await using lab = await startLab({ approve: 'none', ...options })
  assert.equal((await request(lab, 'POST', '/api/v1/namespaces', { metadata: { name: 'maps' } })).status, 201)
  for (const name of names) assert.equal((await request(lab, 'POST', CONFIG_MAPS, configMap(name))).status, 201)
  await test(lab)
}

const namesOf = ({ items }: Body): string[] => items.map(({ metadata }) => metadata.name)

describe('a list', () => {
  it('comes in pages that show one revision', () =>
    withMaps(['a', 'b', 'c', 'd'], async (lab) => {
      const first = await request(lab, 'GET', `${CONFIG_MAPS}?limit=3`)
      assert.deepEqual(namesOf(first.body), ['a', 'b', 'c'])
      assert.equal(first.body.metadata.remainingItemCount, 1)
      await request(lab, 'POST', CONFIG_MAPS, configMap('e'))
      await request(lab, 'DELETE', `${CONFIG_MAPS}/d`)
      const next = `limit=3&continue=${first.body.metadata.continue ?? ''}`
      const second = await request(lab, 'GET', `${CONFIG_MAPS}?${next}`)
      assert.deepEqual(namesOf(second.body), ['d'])
      assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
      assert.equal(second.body.metadata.continue, undefined)
    }))

  it('goes on after its history was forgotten, if told so', async () => {
    const { createStore } = await import('../../../src/lab/storage.ts')
    const { listObjects } = await import('../../../src/lab/registry/list.ts')
    const { resources } = await import('../../../src/lab/resources/resources.ts')
    const { everything } = await import('../../../src/lab/selectors/selector.ts')
    const resource = resources.find(({ kind }) => kind === 'Node')
    assert.ok(resource)
    const store = createStore()
    for (const name of ['a', 'b', 'c']) store.put('nodes.', name, { metadata: { name } })
    const query = {
      selector: everything,
      resourceVersion: '',
      resourceVersionMatch: '',
      limit: 1,
      continue: '',
    } as const
    const first = listObjects(store, resource, '', query)
    store.put('nodes.', 'd', { metadata: { name: 'd' } })
    store.compact()
    let token = ''
    assert.throws(
      () => listObjects(store, resource, '', { ...query, continue: first.continue ?? '' }),
      (error: { status: number; continueToken?: string }) => {
        token = error.continueToken ?? ''
        return error.status === 410
      },
    )
    const rest = listObjects(store, resource, '', { ...query, limit: 0, continue: token })
    assert.deepEqual(
      rest.items.map(({ metadata }) => metadata.name),
      ['b', 'c', 'd'],
    )
  })

  it('of a past revision shows what was there', () =>
    withMaps(['a'], async (lab) => {
      const then = (await request(lab, 'GET', CONFIG_MAPS)).body.metadata.resourceVersion
      await request(lab, 'DELETE', `${CONFIG_MAPS}/a`)
      const past = await request(lab, 'GET', `${CONFIG_MAPS}?resourceVersion=${then}&resourceVersionMatch=Exact`)
      assert.deepEqual(namesOf(past.body), ['a'])
      assert.deepEqual(namesOf((await request(lab, 'GET', `${CONFIG_MAPS}?resourceVersion=0`)).body), [])
    }))

  for (const [query, status, message] of [
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['limit=1&resourceVersion=x', 400, /^invalid resource version: resourceVersion: Invalid value: "x"/],
    ['resourceVersion=999999', 504, /^Timeout: Too large resource version: 999999/],
    [
      'resourceVersionMatch=Soon&resourceVersion=1',
      422,
      /Unsupported value: "Soon": supported values: "Exact", "NotOlderThan", ""/,
    ],
    ['sendInitialEvents=true', 422, /sendInitialEvents is forbidden for list/],
    ['continue=%25', 400, /illegal base64 data at input byte 0/],
    ['continue=e30', 400, /does not recognize this encoded version ""/],
  ] as const) {
    it(`with ${query} is answered with ${status}`, () =>
      withMaps([], async (lab) => {
        const answer = await request(lab, 'GET', `${CONFIG_MAPS}?${query}`)
        assert.equal(answer.status, status)
        assert.match(answer.body.message ?? '', typeof message === 'string' ? new RegExp(`^${message}$`) : message)
      }))
  }
})

interface Event {
  type: string
  object: Body & { metadata: { name: string; annotations?: Record<string, string> }; columnDefinitions?: unknown }
}

/** The first events of a watch as an administrator. */
async function events(
  lab: Lab,
  query: string,
  count: number,
  whenOpen = async (): Promise<void> => {},
): Promise<Event[]> {
  const stop = new AbortController()
  const body = lab.handle({
    method: 'GET',
    path: `${CONFIG_MAPS}?watch=true&${query}`,
    headers: { 'impersonate-user': ['admin'], 'impersonate-group': ['system:masters'], ...asAdmin(lab) },
    signal: stop.signal,
  }).body
  assert.ok(!(body instanceof Uint8Array))
  const seen: Event[] = []
  const reading = (async () => {
    for await (const chunk of body) {
      seen.push(JSON.parse(Buffer.from(chunk).toString()) as Event)
      if (seen.length === count) break
    }
  })()
  await whenOpen()
  await reading
  stop.abort()
  return seen
}

const asAdmin = (lab: Lab): Record<string, string[]> => ({ authorization: [`Bearer ${lab.token}`] })

/** Lets the bootstrap token do everything. */
async function everybodyIsAdmin(lab: Lab): Promise<void> {
  await lab.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'all' },
    subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:bootstrappers' }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  })
}

describe('a watch', () => {
  it('shows objects that come and go as a selector sees them', () =>
    withMaps(['a'], async (lab) => {
      await everybodyIsAdmin(lab)
      const label = (labels: object): Promise<unknown> =>
        request(lab, 'PUT', `${CONFIG_MAPS}/a`, configMap('a', {}, { labels }))
      const seen = await events(lab, 'labelSelector=on%3Dyes', 2, async () => {
        await new Promise(setImmediate)
        await label({ on: 'yes' })
        await label({ on: 'no' })
      })
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['ADDED', 'DELETED'],
      )
    }))

  it('marks the end of what was there, where WatchList is on', () =>
    withMaps(['a', 'b'], async (lab) => {
      await everybodyIsAdmin(lab)
      const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
      const seen = await events(lab, query, 3)
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['ADDED', 'ADDED', 'BOOKMARK'],
      )
      assert.deepEqual(seen[2]?.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' })
    }))

  it('of this kind is refused by a generation before, so that clients fall back', () =>
    withMaps(
      [],
      async (lab) => {
        const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
        assert.equal((await request(lab, 'GET', `${CONFIG_MAPS}?${query}`)).status, 422)
      },
      { emulate: '1.31' },
    ))

  it('that starts before the history begins gets an error event', () =>
    withMaps(['a'], async (lab) => {
      await everybodyIsAdmin(lab)
      const [first] = await events(lab, 'resourceVersion=1', 1)
      assert.equal(first?.type, 'ERROR')
      assert.match(first.object.message ?? '', /^too old resource version: 1 \(\d+\)$/)
    }))
})

describe('an update', () => {
  it('that changes nothing makes no revision', () =>
    withMaps(['a'], async (lab) => {
      const { body } = await request(lab, 'GET', `${CONFIG_MAPS}/a`)
      assert.equal(
        (await request(lab, 'PUT', `${CONFIG_MAPS}/a`, body)).body.metadata.resourceVersion,
        body.metadata.resourceVersion,
      )
    }))

  it('creates leases, and needs their version afterwards, as leader election expects', () =>
    withMaps([], async (lab) => {
      const lease = { metadata: { name: 'leader' }, spec: { holderIdentity: 'a' } }
      const created = await request(lab, 'PUT', `${LEASES}/leader`, lease)
      assert.equal(created.status, 201)
      assert.equal((await request(lab, 'PUT', `${LEASES}/leader`, lease)).status, 422)
      const { resourceVersion } = created.body.metadata
      const renewed = { metadata: { name: 'leader', resourceVersion }, spec: { holderIdentity: 'b' } }
      assert.equal((await request(lab, 'PUT', `${LEASES}/leader`, renewed)).status, 200)
      assert.equal((await request(lab, 'PUT', `${LEASES}/leader`, renewed)).status, 409)
    }))
})

describe('a deletion', () => {
  it('waits for finalizers, and happens when the last one goes', () =>
    withMaps([], async (lab) => {
      await request(lab, 'POST', CONFIG_MAPS, configMap('a', {}, { finalizers: ['example.com/hold'] }))
      assert.ok((await request(lab, 'DELETE', `${CONFIG_MAPS}/a`)).body.metadata.deletionTimestamp)
      assert.equal((await request(lab, 'GET', `${CONFIG_MAPS}/a`)).status, 200)
      assert.equal((await request(lab, 'PUT', `${CONFIG_MAPS}/a`, configMap('a'))).status, 200)
      assert.equal((await request(lab, 'GET', `${CONFIG_MAPS}/a`)).status, 404)
    }))

  it('of a collection takes what is selected, and answers with it', () =>
    withMaps(['a', 'b'], async (lab) => {
      const gone = await request(lab, 'DELETE', `${CONFIG_MAPS}?fieldSelector=metadata.name%3Da`)
      assert.deepEqual(namesOf(gone.body), ['a'])
      assert.deepEqual(namesOf((await request(lab, 'GET', CONFIG_MAPS)).body), ['b'])
    }))

  for (const [options, status] of [
    [{ preconditions: { uid: 'other' } }, 409],
    [{ preconditions: { resourceVersion: '1' } }, 409],
    [{ propagationPolicy: 'Sideways' }, 422],
    [{ dryRun: ['Some'] }, 422],
    [{ kind: 'Pod', apiVersion: 'v1' }, 500],
    [{ dryRun: ['All'] }, 200],
  ] as const) {
    it(`with ${JSON.stringify(options)} is answered with ${status}, and nothing goes`, () =>
      withMaps(['a'], async (lab) => {
        assert.equal((await request(lab, 'DELETE', `${CONFIG_MAPS}/a`, options)).status, status)
        assert.equal((await request(lab, 'GET', `${CONFIG_MAPS}/a`)).status, 200)
      }))
  }
})
