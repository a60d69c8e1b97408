import assert from 'node:assert/strict'
import { systemClock } from '../../../src/clock.ts'
import { type Lab, type LabOptions, startLab } from '../../../src/lab/index.ts'
import type { RequestDetail, RequestSummary, SettingsView, Update } from '../../../src/lab/page/protocol.ts'
import { servePage } from '../../../src/lab/page/serve-page.ts'
import { searchForSecrets, secret } from '../../support/command.ts'
import { send } from '../../support/lab-client.ts'
import { CSRS, csrWhen, hasCondition, isIssued, kubeletRequest } from '../../support/lab-requests.ts'
import { type PageClient, pageClient } from '../../support/page-client.ts'

const HTML = '<!doctype html><p>the page'

interface Open extends AsyncDisposable {
  readonly lab: Lab
  readonly client: PageClient
  /** Links, as they are made. */
  readonly links: string[]
}

async function open(options: LabOptions = {}): Promise<Open> {
  const lab = await startLab(options)
  secret(lab.token)
  secret(lab.token.slice(7))
  const links: string[] = []
  const assets = { html: HTML, script: 'script', style: 'style', icon: 'icon' }
  const page = await servePage(lab, { clock: systemClock, port: 0, onLink: (link) => links.push(link), assets })
  return {
    lab,
    client: pageClient(page.url),
    links,
    [Symbol.asyncDispose]: async () => {
      await page[Symbol.asyncDispose]()
      await lab.close()
    },
  }
}

async function entered(options: LabOptions = {}): Promise<Open> {
  const opened = await open(options)
  assert.equal((await opened.client.enter()).status, 204)
  return opened
}

const detailOf = async (client: PageClient, name: string): Promise<RequestDetail> => {
  const { status, text } = await client.send('GET', `api/requests/${encodeURIComponent(name)}`)
  assert.equal(status, 200, text)
  searchForSecrets(text)
  return JSON.parse(text) as RequestDetail
}

/** What the stream has told when `ready` says so. */
async function told(
  client: PageClient,
  ready: (seen: { requests: Map<string, RequestSummary>; settings?: SettingsView }) => boolean,
): Promise<Map<string, RequestSummary>> {
  const requests = new Map<string, RequestSummary>()
  let settings: SettingsView | undefined
  for await (const message of client.follow()) {
    const update = message as unknown as Update
    if (update.reset) requests.clear()
    for (const request of update.requests) requests.set(request.name, request)
    for (const name of update.gone) requests.delete(name)
    settings = update.settings ?? settings
    if (ready({ requests, ...(settings && { settings }) })) return requests
  }
  throw new Error('the stream has ended')
}

describe('the lab’s page, its server', () => {
  it('gives its files to whoever has the address, and nothing else before the link was opened', async () => {
    await using page = await open()
    const { client } = page
    assert.equal((await client.send('GET', '')).text, HTML)
    assert.equal((await client.send('GET', 'page.js')).text, 'script')
    for (const path of ['events', 'nodes', 'tokens', 'requests/x', 'nothing'])
      assert.equal((await client.send('GET', `api/${path}`)).status, 401, path)
    assert.equal((await client.send('POST', 'api/faults', { body: { text: '[]' } })).status, 401)
    for (const path of ['/', '/page.js', '/api/nodes', `/${'0'.repeat(16)}/`])
      assert.equal((await client.send('GET', path)).status, 404, path)
    assert.equal((await client.send('GET', 'constructor')).status, 404)
    assert.equal((await client.send('POST', '', { body: {} })).status, 405)
  })

  it('lets one in by each link, and makes the next link then', async () => {
    await using page = await open()
    const { client, links } = page
    const wrong = await client.send('POST', 'api/session', { body: { token: 'wrong' } })
    assert.equal(wrong.status, 403)
    assert.equal(wrong.headers['set-cookie'], undefined)
    assert.equal((await client.enter()).status, 204)
    assert.equal((await client.send('GET', 'api/nodes')).status, 200)
    assert.equal((await client.send('POST', 'api/session', { body: { token: client.token } })).status, 403)
    assert.equal(links.length, 1)
    const second = pageClient(links[0] ?? '')
    assert.equal(second.folder, client.folder)
    assert.equal((await second.enter()).status, 204)
    assert.equal((await second.send('GET', 'api/nodes')).status, 200)
    assert.equal((await client.send('GET', 'api/nodes')).status, 200)
  })

  it('forbids with every answer to keep it, to frame it, to run foreign or inline code, or to take text for markup', async () => {
    await using page = await entered()
    const { client } = page
    for (const [path, headers] of [
      ['', {}],
      ['page.js', {}],
      ['api/nodes', {}],
      ['api/nodes', { cookie: undefined }],
      ['/', {}],
      ['', { host: 'evil.example' }],
    ] as const) {
      const reply = await client.send('GET', path, { headers })
      const policy = new Map(
        (reply.headers['content-security-policy']?.toString() ?? '').split('; ').map((part) => {
          const [name = '', ...values] = part.split(' ')
          return [name, values.join(' ')] as const
        }),
      )
      assert.equal(policy.get('default-src'), "'none'")
      assert.equal(policy.get('frame-ancestors'), "'none'")
      assert.equal(policy.get('require-trusted-types-for'), "'script'")
      for (const name of ['script-src', 'style-src', 'connect-src', 'img-src']) assert.equal(policy.get(name), "'self'")
      assert.equal(reply.headers['cache-control'], 'no-store')
      assert.equal(reply.headers['x-content-type-options'], 'nosniff')
      assert.equal(reply.headers['referrer-policy'], 'no-referrer')
      assert.equal(reply.headers['cross-origin-resource-policy'], 'same-origin')
      assert.equal(reply.headers['access-control-allow-origin'], undefined)
    }
  })

  it('refuses requests under another name, from other pages, and of another type, cookie or not', async () => {
    await using page = await entered({ approve: 'none' })
    const { client, lab } = page
    const body = { mode: 'deny' }
    for (const headers of [
      { host: 'evil.example:80' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: undefined },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const { status, text } = await client.send('PUT', 'api/approval', { body, headers })
      assert.equal(status, 403, text)
    }
    const typed = await client.send('PUT', 'api/approval', { body, headers: { 'content-type': 'text/plain' } })
    assert.equal(typed.status, 415)
    assert.equal((await client.send('PUT', 'api/approval', { body: 'x'.repeat(70_000) })).status, 413)
    assert.equal(lab.approval.mode, 'none')
    assert.equal((await client.send('PUT', 'api/approval', { body })).status, 204)
    assert.equal(lab.approval.mode, 'deny')
  })

  it('tells requests as they come and go, decoded, with who would approve them', async () => {
    await using page = await entered({ approve: 'manual' })
    const { client, lab } = page
    const seen = told(client, ({ requests }) => requests.size === 2)
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    const names = { dnsNames: ['n1.example'], ipAddresses: ['10.0.0.1', 'fd00::1'] }
    await lab.admin('POST', CSRS, await kubeletRequest('two', 'n1', names))
    assert.deepEqual(
      [...(await seen).values()].map(({ name, state, commonName }) => ({ name, state, commonName })),
      ['one', 'two'].map((name) => ({ name, state: 'pending', commonName: 'system:node:n1' })),
    )
    const one = await detailOf(client, 'one')
    const { moments, keyDigest, createdAt, groups, opinions, ...rest } = one
    assert.deepEqual(rest, {
      ...{ name: 'one', state: 'pending', signer: 'kubernetes.io/kube-apiserver-client-kubelet' },
      ...{ requestor: `system:bootstrap:${lab.token.slice(0, 6)}`, commonName: 'system:node:n1' },
      subject: [
        { type: 'O', value: 'system:nodes' },
        { type: 'CN', value: 'system:node:n1' },
      ],
      ...{ dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [], extensions: [], conditions: [] },
      ...{ usages: ['digital signature', 'client auth'], key: 'ECDSA P-256' },
    })
    assert.match(keyDigest, /^[0-9a-f]{64}$/)
    assert.ok(groups.includes('system:bootstrappers'))
    assert.deepEqual(moments, [{ step: 'created', at: createdAt, seen: true }])
    assert.deepEqual(
      opinions.map(({ says }) => says),
      ['nothing', 'approve', 'sign'],
    )
    assert.match(opinions[1]?.why ?? '', /may create nodeclient: RBAC: allowed by ClusterRoleBinding/)
    const two = await detailOf(client, 'two')
    assert.deepEqual([two.dnsNames, two.ipAddresses], [names.dnsNames, names.ipAddresses])
    const gone = told(client, ({ requests }) => requests.size === 1 && requests.has('two'))
    await lab.admin('DELETE', `${CSRS}/one`)
    await gone
    assert.equal((await client.send('GET', 'api/requests/one')).status, 404)
  })

  it('approves and denies with a reason, and says in the API server’s words when that cannot be', async () => {
    await using page = await entered({ approve: 'manual' })
    const { client, lab } = page
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('good', 'n1') })
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('bad', 'n2') })
    const decide = (
      name: string,
      verdict: string,
      reason = 'Seen',
      message = '',
    ): Promise<{ status: number; text: string }> =>
      client.send('POST', `api/requests/${name}/decision`, { body: { verdict, reason, message } })
    assert.equal((await decide('good', 'approve', 'KnownNode', 'it is ours')).status, 204)
    assert.equal((await decide('bad', 'deny')).status, 204)
    assert.equal((await decide('none', 'deny')).status, 404)
    const again = await decide('bad', 'approve')
    assert.equal(again.status, 422)
    assert.match(again.text, /Approved and Denied conditions are mutually exclusive/)
    for (const body of [
      {},
      { verdict: 'approve', reason: '', message: '' },
      { verdict: 'sign', reason: 'a', message: '' },
    ])
      assert.equal((await client.send('POST', 'api/requests/good/decision', { body })).status, 400)
    await csrWhen(lab, 'good', isIssued)
    await csrWhen(lab, 'bad', hasCondition('Denied'))
    const good = await detailOf(client, 'good')
    assert.deepEqual(good.conditions, [{ type: 'Approved', reason: 'KnownNode', message: 'it is ours' }])
    assert.equal(good.state, 'issued')
    assert.ok(good.certificate && good.certificate !== 'unreadable' && good.certificate.notAfter > Date.now())
    assert.equal((await detailOf(client, 'bad')).state, 'denied')
  })

  it('has the time line of a request, up to its delivery to who made it', async () => {
    await using page = await entered()
    const { client, lab } = page
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    await csrWhen(lab, 'one', isIssued) // read by an administrator: that is no delivery
    const steps = async (): Promise<string[]> => (await detailOf(client, 'one')).moments.map(({ step }) => step)
    assert.deepEqual(await steps(), ['created', 'approved', 'signed'])
    assert.equal((await send(lab, 'GET', `${CSRS}/one`)).status, 200)
    assert.deepEqual(await steps(), ['created', 'approved', 'signed', 'delivered'])
    const { moments } = await detailOf(client, 'one')
    const times = moments.map(({ at = 0 }) => at)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.ok(moments.every(({ seen }) => seen))
  })

  it('takes times of what it has not seen from the objects', async () => {
    const lab = await startLab({ approve: 'manual' })
    await using _ = lab
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    await using page = await servePage(lab, { clock: systemClock, port: 0 })
    const client = pageClient(page.url)
    await client.enter()
    const [created] = (await detailOf(client, 'one')).moments
    assert.equal(created?.seen, false)
    assert.equal((created.at ?? 1) % 1000, 0)
  })

  it('lists nodes by objects and certificates, and when they were last seen', async () => {
    await using page = await entered()
    const { client, lab } = page
    await lab.admin('POST', '/api/v1/nodes', { metadata: { name: 'n0' } })
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    await csrWhen(lab, 'one', isIssued)
    const nodes = JSON.parse((await client.send('GET', 'api/nodes')).text) as Record<string, unknown>[]
    assert.deepEqual(
      nodes.map(({ name, status }) => ({ name, status })),
      [
        { name: 'n0', status: 'Unknown' },
        { name: 'n1', status: undefined },
      ],
    )
    assert.ok(Number(nodes[1]?.['clientUntil']) > Date.now())
  })

  it('lists tokens without their secrets, and counts their requests', async () => {
    await using page = await entered()
    const { client, lab } = page
    const further = {
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        ...{ 'token-id': 'abcdef', 'token-secret': secret('0123456789abcdez'), description: 'ünlike <b>others</b>' },
        ...{ 'usage-bootstrap-signing': 'true', 'usage-bootstrap-authentication': 'false' },
      },
    }
    assert.equal((await lab.admin('POST', '/api/v1/namespaces/kube-system/secrets', further)).status, 201)
    await lab.admin('POST', '/api/v1/namespaces/default/secrets', {
      metadata: { name: 'other' },
      stringData: { a: 'b' },
    })
    await send(lab, 'GET', CSRS)
    const { text } = await client.send('GET', 'api/tokens')
    searchForSecrets(text)
    const tokens = JSON.parse(text) as Record<string, unknown>[]
    const byId = new Map(tokens.map((token) => [token['id'], token]))
    assert.deepEqual([...byId.keys()].sort(), ['abcdef', lab.token.slice(0, 6)].sort())
    const want = { id: 'abcdef', description: 'ünlike <b>others</b>', usages: ['signing'], groups: [], requests: 0 }
    assert.deepEqual(byId.get('abcdef'), want)
    const own = byId.get(lab.token.slice(0, 6))
    assert.equal(own?.['requests'], 1)
    assert.ok(Number(own['expiresAt']) > Date.now())
  })

  it('puts faults in force, takes them out and back, and follows what is set elsewhere', async () => {
    await using page = await entered({ faults: [{ fault: 'slow', delay: '1ms' }] })
    const { client, lab } = page
    const faults = async (): Promise<SettingsView['faults']> => {
      let found: SettingsView['faults'] = []
      await told(client, ({ settings }) => {
        found = settings?.faults ?? []
        return settings !== undefined
      })
      return found
    }
    const text = '- fault: status\n  code: 429\n  verb: [create, update]\n'
    assert.equal((await client.send('POST', 'api/faults', { body: { text } })).status, 204)
    assert.deepEqual(
      (await faults()).map(({ text: one, on }) => [one, on]),
      [
        ['fault: slow, delay: 1ms', true],
        ['fault: status, verb: ["create","update"], code: 429', true],
      ],
    )
    const [slow] = await faults()
    assert.equal((await client.send('PUT', `api/faults/${slow?.id}`, { body: { on: false } })).status, 204)
    assert.deepEqual(lab.faults, [{ fault: 'status', code: 429, verb: ['create', 'update'] }])
    lab.setFaults([{ fault: 'no-store' }])
    assert.deepEqual(
      (await faults()).map(({ text: one, on }) => [one, on]),
      [
        ['fault: no-store', true],
        ['fault: slow, delay: 1ms', false],
      ],
    )
    assert.equal((await client.send('PUT', `api/faults/${slow?.id}`, { body: { on: true } })).status, 204)
    assert.deepEqual(lab.faults, [{ fault: 'no-store' }, { fault: 'slow', delay: '1ms' }])
    const [store] = await faults()
    assert.equal((await client.send('DELETE', `api/faults/${store?.id}`)).status, 204)
    assert.equal((await client.send('DELETE', `api/faults/${store?.id}`)).status, 404)
    assert.deepEqual(lab.faults, [{ fault: 'slow', delay: '1ms' }])
    const wrong = await client.send('POST', 'api/faults', { body: { text: '- fault: slow\n  delay: soon\n' } })
    assert.equal(wrong.status, 400)
    assert.match(wrong.text, /faults, line 2, 0\.delay: this is not a duration/)
  })

  it('changes who approves and how is signed, and leaves the rest as it was', async () => {
    await using page = await entered({ approvalRules: [{ verdict: 'ignore' }], signing: { duration: '1h' } })
    const { client, lab } = page
    assert.equal((await client.send('PUT', 'api/approval', { body: { mode: 'manual' } })).status, 204)
    assert.deepEqual(lab.approval, { mode: 'manual', rules: [{ verdict: 'ignore' }] })
    assert.equal((await client.send('PUT', 'api/signing', { body: { fault: 'garbage' } })).status, 204)
    assert.equal((await client.send('PUT', 'api/signing', { body: { enabled: false } })).status, 204)
    const signing = { enabled: false, duration: '1h', delay: '0s', notBeforeOffset: '-5m' }
    assert.deepEqual(lab.signing, { ...signing, fault: 'garbage' })
    assert.equal((await client.send('PUT', 'api/signing', { body: { fault: '' } })).status, 204)
    assert.deepEqual(lab.signing, signing)
    assert.equal((await client.send('PUT', 'api/signing', { body: { fault: 'all' } })).status, 400)
  })

  it('begins anew when the lab has lost its objects, and ends its streams with the lab', async () => {
    const page = await entered()
    const { client, lab } = page
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    const stream = client.follow()
    const first = (await stream.next()).value as unknown as Update
    assert.deepEqual([first.reset, first.requests.length], [true, 1])
    await lab.restart({ state: 'lose' })
    for (;;) {
      const { value } = (await stream.next()) as { value: Update }
      if (!value.reset) continue
      assert.deepEqual(value.requests, [])
      break
    }
    await page[Symbol.asyncDispose]()
    await assert.rejects(async () => {
      for (;;) if ((await stream.next()).done) throw new Error('ended')
    })
  })

  it('refuses a port that is taken', async () => {
    await using page = await open()
    const port = Number(new URL(page.client.origin).port)
    await assert.rejects(servePage(page.lab, { clock: systemClock, port }), { code: 'EADDRINUSE' })
  })
})
