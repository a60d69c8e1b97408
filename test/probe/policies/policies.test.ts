import assert from 'node:assert/strict'
import { DocumentError } from '../../../src/lab/documents/document.ts'
import { fullRequest } from '../../../src/probe/full-request.ts'
import { makeKey, makeRequest } from '../../../src/probe/make/make-request.ts'
import type { Expectation } from '../../../src/probe/expectation.ts'
import type { PlaceholderValues } from '../../../src/probe/placeholders.ts'
import type { Policy, Requestor, Server } from '../../../src/probe/policy.ts'
import { policies, readPolicy } from '../../../src/probe/policies/index.ts'
import { requestBody } from '../../../src/probe/request-body.ts'
import type { RequestDescription } from '../../../src/probe/request-description.ts'

const values: PlaceholderValues = {
  node: 'a',
  otherNode: 'b',
  nodeIp: '10.0.0.1',
  otherNodeIp: '10.0.0.2',
  apiServer: '10.96.0.1',
  user: 'system:node:a',
  run: 'test',
  copy: '1',
}
const server: Server = { minor: 36, nodeAddresses: { a: ['10.0.0.1', 'fd00:0::1'] } }

const requestors = {
  node: {
    username: 'system:node:a',
    groups: ['system:nodes'],
    mayCreate: { selfnodeclient: true, nodeclient: false },
  },
  bootstrap: {
    username: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token'],
    mayCreate: { selfnodeclient: false, nodeclient: true },
  },
  stranger: {
    username: 'system:serviceaccount:default:ci',
    groups: [],
    mayCreate: { selfnodeclient: false, nodeclient: false },
    mayRequest: false,
  },
} as const satisfies Record<string, Requestor>

function builtIn(name: string): Policy {
  const policy = policies.find((one) => one.name === name)
  assert.ok(policy)
  return policy
}

async function expected(
  policy: Policy,
  as: keyof typeof requestors,
  description: RequestDescription,
  at: Server = server,
): Promise<Expectation> {
  const full = fullRequest(description, values)
  const body = requestBody(full, await makeRequest(full, await makeKey(full.keyType)))
  return policy.expect(body, requestors[as], at)
}

const serving = { signer: 'kubelet-serving' }

describe('the policy strict-serving', () => {
  const strict = builtIn('strict-serving')

  for (const { title, differences } of [
    { title: 'the node’s name and address', differences: {} },
    { title: 'an address alone', differences: { sans: [{ ip: '10.0.0.1' }] } },
    { title: 'an address in another form', differences: { sans: [{ ip: '::ffff:10.0.0.1' }] } },
    { title: 'the name in a domain', differences: { sans: [{ dns: 'a.example' }, { ip: 'fd00::1' }] } },
    {
      title: 'the usages before 1.27',
      differences: { usages: ['digital signature', 'key encipherment', 'server auth'] },
    },
    { title: 'a lifetime of 367 days', differences: { expirationSeconds: 367 * 86_400 } },
  ] satisfies { title: string; differences: RequestDescription }[]) {
    it(`approves ${title}`, async () => {
      const { verdicts, certificate } = await expected(strict, 'node', { ...serving, ...differences })
      assert.deepEqual(verdicts, ['issued'])
      assert.equal(certificate?.commonName, 'system:node:a')
    })
  }

  const nodes: RequestDescription['subject'] = [{ O: 'system:nodes' }]
  for (const { title, differences, because, at } of [
    {
      title: 'a name with the node’s as its beginning',
      differences: { sans: [{ dns: 'auth.example' }] },
      because: /auth/,
    },
    { title: 'two DNS names', differences: { sans: [{ dns: 'a' }, { dns: 'a.example' }] }, because: /2 DNS names/ },
    { title: 'a wildcard', differences: { sans: [{ dns: '*.a' }] }, because: /no host name/ },
    { title: 'another node’s address', differences: { sans: [{ ip: '10.0.0.2' }] }, because: /10\.0\.0\.2/ },
    { title: 'loopback', differences: { sans: [{ ip: '127.0.0.1' }] }, because: /127\.0\.0\.1/ },
    { title: 'e-mail', differences: { sans: [{ ip: '10.0.0.1' }, { email: 'root@a' }] }, because: /Email/ },
    { title: 'a URI', differences: { sans: [{ ip: '10.0.0.1' }, { uri: 'spiffe://a' }] }, because: /URI/ },
    { title: 'no name', differences: { sans: [] }, because: /DNS or IP/ },
    { title: 'a longer lifetime', differences: { expirationSeconds: 367 * 86_400 + 1 }, because: /367 days/ },
    {
      title: 'a further organization',
      differences: { subject: [{ O: 'system:nodes' }, { O: 'system:masters' }, { CN: 'system:node:a' }] },
      because: /organization/,
    },
    {
      title: 'another common name, on a server that lets it in',
      differences: { subject: [...nodes, { CN: 'system:node:b' }] },
      because: /common name/,
      at: { ...server, minor: 30 },
    },
  ] as {
    title: string
    differences: RequestDescription
    because: RegExp
    at?: Server
  }[]) {
    it(`does not approve ${title}`, async () => {
      const found = await expected(strict, 'node', { ...serving, ...differences }, at ?? server)
      assert.deepEqual(found.verdicts.slice(0, 2), ['denied', 'pending'])
      assert.match(found.because ?? '', because)
    })
  }

  it('does not mind whoever approves what the signer refuses', async () => {
    const names = { sans: [{ ip: '10.0.0.1' }, { email: 'root@a' }] }
    assert.deepEqual((await expected(strict, 'node', { ...serving, ...names })).verdicts, [
      'denied',
      'pending',
      'failed',
    ])
    const foreign = await expected(strict, 'node', { ...serving, sans: [{ dns: 'b' }] })
    assert.deepEqual(foreign.verdicts, ['denied', 'pending'])
  })

  it('wants a node to ask', async () => {
    const { verdicts, because } = await expected(strict, 'bootstrap', serving)
    assert.deepEqual(verdicts, ['denied', 'pending'])
    assert.match(because ?? '', /is no node/)
  })

  it('without the node’s addresses refuses those that no node has', async () => {
    const at = { minor: 36 }
    for (const ip of ['127.0.0.1', '::1', 'fe80::1', '169.254.1.1', '0.0.0.0', '224.0.0.1']) {
      assert.equal((await expected(strict, 'node', { ...serving, sans: [{ ip }] }, at)).verdicts[0], 'denied', ip)
    }
    assert.deepEqual((await expected(strict, 'node', { ...serving, sans: [{ ip: '10.7.7.7' }] }, at)).verdicts, [
      'issued',
    ])
  })

  it('leaves everything else to the stock approver', async () => {
    assert.deepEqual((await expected(strict, 'bootstrap', {})).verdicts, ['issued'])
    assert.deepEqual((await expected(strict, 'node', { signer: 'client' })).verdicts, ['pending'])
  })
})

describe('what a server of another generation refuses', () => {
  const other: RequestDescription = { subject: [{ O: 'system:nodes' }, { CN: 'system:node:b' }] }

  it('a node may ask for another one’s name up to 1.30', async () => {
    const stock = builtIn('stock')
    assert.deepEqual((await expected(stock, 'node', other, { minor: 30 })).verdicts, ['pending'])
    const refused = await expected(stock, 'node', other, { minor: 31 })
    assert.deepEqual([refused.verdicts, refused.status, refused.reason], [['rejected'], 403, 'Forbidden'])
  })

  it('whoever may not create requests is refused', async () => {
    const refused = await expected(builtIn('none'), 'stranger', {})
    assert.deepEqual([refused.verdicts, refused.status], [['rejected'], 403])
  })

  it('a lifetime that is no 32-bit number is not even read', async () => {
    const refused = await expected(builtIn('none'), 'bootstrap', { expirationSeconds: 2 ** 31 })
    assert.deepEqual([refused.verdicts, refused.status], [['rejected'], 400])
  })
})

describe('a policy file', () => {
  const text = `
name: acme
otherwise: deny
rules:
  - signer: kubernetes.io/kubelet-serving
    dnsNames: '*.acme.example'
    verdict: approve
    delay: 5s
  - signer: kubernetes.io/kubelet-serving
    verdict: deny
    reason: NotOurs
    message: 'not in acme.example*'
  - groups: system:bootstrappers
    verdict: ignore
`
  it('expects what its first matching rule says', async () => {
    const policy = readPolicy(text, 'x.yaml')
    assert.equal(policy.name, 'acme')
    const own = await expected(policy, 'node', { ...serving, sans: [{ dns: 'a.acme.example' }] })
    assert.deepEqual(own.verdicts, ['issued'])
    const other = await expected(policy, 'node', serving)
    assert.deepEqual(other, {
      verdicts: ['denied'],
      reason: 'NotOurs',
      message: 'not in acme.example*',
      because: 'rule 2 of the policy',
    })
    assert.deepEqual((await expected(policy, 'bootstrap', {})).verdicts, ['pending'])
    assert.deepEqual((await expected(policy, 'node', {})).verdicts, ['denied'])
  })

  it('may be the rules of a lab alone; then the stock approver decides about the rest', async () => {
    const policy = readPolicy('[{ signer: kubernetes.io/kubelet-serving, verdict: approve }]', 'dir/rules.yaml')
    assert.equal(policy.name, 'rules')
    assert.deepEqual((await expected(policy, 'node', serving)).verdicts, ['issued'])
    assert.deepEqual((await expected(policy, 'bootstrap', {})).verdicts, ['issued'])
    assert.deepEqual((await expected(policy, 'node', { usages: ['client auth'] })).verdicts, ['pending'])
  })

  for (const { title, wrong, message } of [
    {
      title: 'a verdict that there is not',
      wrong: 'rules:\n  - verdict: allow',
      message: /^p\.yaml, line 2, rules\.0\.verdict: /,
    },
    {
      title: 'an unknown field',
      wrong: '[{ verdict: deny, user: x }]',
      message: /^p\.yaml, line 1, 0\.user: there is no such field/,
    },
    { title: 'an unknown rest', wrong: 'otherwise: maybe\nrules: []', message: /^p\.yaml, line 1, otherwise: / },
    { title: 'no rules', wrong: 'otherwise: deny', message: /rules/ },
    { title: 'no YAML', wrong: 'rules: [', message: /this is not YAML/ },
  ]) {
    it(`names line and field of ${title}`, () => {
      assert.throws(
        () => readPolicy(wrong, 'p.yaml'),
        (error: Error) => error instanceof DocumentError && message.test(error.message),
      )
    })
  }
})
