import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { bootstrap } from '../../src/agent/bootstrap.ts'
import { requestBudget } from '../../src/budget.ts'
import type { SigningRequest } from '../../src/csr/signing-request.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { machineIdentity } from '../../src/identity/machine-id.ts'
import { connectWithin } from '../../src/kube/connection.ts'
import type { LabOptions } from '../../src/lab/index.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { createLog } from '../../src/log.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'
import type { CheckName, Finding } from '../../src/preflight/finding.ts'
import { signerFinding } from '../../src/preflight/cluster/signer.ts'
import { csrs, decide, sandbox, type Sandbox } from '../support/command.ts'
import { CSRS, kubeletRequest } from '../support/lab-requests.ts'
import { assertFinding, findingsOf, preflightOf } from '../support/preflight.ts'

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
const SECRETS = '/api/v1/namespaces/kube-system/secrets'

const verdicts = (findings: ReadonlyMap<CheckName, Finding>): string[] =>
  [...findings.values()].filter(({ verdict }) => verdict !== 'ok').map(({ name, verdict }) => `${name} ${verdict}`)

const without = async (node: Sandbox, binding: string): Promise<void> => {
  assert.equal((await node.lab.admin('DELETE', `${BINDINGS}/${binding}`)).status, 200)
}

const giveToken = (node: Sandbox, token: string): void => {
  writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig({ token }), { mode: 0o600 })
}

/** The bootstrap itself, in this process; the token stays. */
async function join(node: Sandbox, timeoutMs = 10_000): Promise<void> {
  const { settings, uid, clock, signal } = preflightOf(node)
  const log = createLog(() => undefined, { format: 'text', least: 'error', now: () => clock.now() })
  const connect = connectWithin(requestBudget(clock))
  const machine = machineIdentity('a'.repeat(32))
  const given = { uid, clock, signal, log, connect, machine, newKeyPair: generateKeyPair }
  const context = { ...given, random: () => 0.5, happened: () => undefined }
  await bootstrap({ ...settings, keepBootstrapKubeconfig: true, timeoutMs, servingTimeoutMs: timeoutMs }, context)
}

async function nodeObject(node: Sandbox, ready: 'True' | 'False'): Promise<void> {
  const status = { conditions: [{ type: 'Ready', status: ready }] }
  const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status }
  await node.lab.admin('POST', '/api/v1/nodes', object)
  await node.lab.admin('PUT', '/api/v1/nodes/n1/status', object)
}

interface Case {
  readonly title: string
  readonly lab?: LabOptions
  readonly prepare?: (node: Sandbox) => unknown
  readonly more?: Parameters<typeof preflightOf>[1]
  readonly name: CheckName
  readonly verdict: Finding['verdict']
  readonly code?: string
  readonly seen: RegExp
  readonly fix?: RegExp
  /** All others that are not ok. */
  readonly besides?: readonly string[]
}

const AFTER_TOKEN = ['api', 'rights', 'approval', 'renewal', 'signer', 'name'].map((name) => `${name} skipped`)
const ORDINARY = ['renewal skipped', 'signer skipped']

const cases: Case[] = [
  {
    title: 'a token that does not exist',
    prepare: (node) => {
      giveToken(node, 'zzzzzz.0123456789abcdef')
    },
    name: 'token',
    verdict: 'fail',
    code: 'UNAUTHORIZED',
    seen: /there is no token of the id "zzzzzz", or it has expired/,
    fix: /certlet token create/,
    besides: AFTER_TOKEN,
  },
  {
    title: 'a token with another second half',
    prepare: (node) => {
      giveToken(node, `${node.lab.token.slice(0, 6)}.0123456789abcdef`)
    },
    name: 'token',
    verdict: 'fail',
    code: 'UNAUTHORIZED',
    seen: /its second half is another one/,
    besides: AFTER_TOKEN,
  },
  {
    title: 'a token that may sign and not authenticate',
    prepare: async (node) => {
      const path = `${SECRETS}/bootstrap-token-${node.lab.token.slice(0, 6)}`
      const { body } = await node.lab.admin('GET', path)
      const secret = body as { data: Record<string, string> }
      delete secret.data['usage-bootstrap-authentication']
      assert.equal((await node.lab.admin('PUT', path, secret)).status, 200)
    },
    name: 'token',
    verdict: 'fail',
    code: 'UNAUTHORIZED',
    seen: /it exists .*usage-bootstrap-authentication "true"/,
    besides: AFTER_TOKEN,
  },
  {
    title: 'a server that does not have SelfSubjectReview',
    lab: { emulate: '1.26' },
    name: 'token',
    verdict: 'ok',
    seen: /accepted as "system:bootstrap:[a-z0-9]{6}" \(SelfSubjectAccessReview\)/,
    besides: ORDINARY,
  },
  {
    title: 'no right to make requests',
    prepare: (node) => without(node, 'kubeadm:kubelet-bootstrap'),
    name: 'rights',
    verdict: 'fail',
    code: 'FORBIDDEN',
    seen: /may not create, get, list, watch/,
    fix: /certlet rbac .*--group=system:bootstrappers$/,
    besides: ORDINARY,
  },
  {
    title: 'no right to have the first request approved',
    prepare: (node) => without(node, 'kubeadm:node-autoapprove-bootstrap'),
    name: 'approval',
    verdict: 'warn',
    seen: /certificatesigningrequests\/nodeclient is not granted/,
    fix: /clusterrolebinding certlet:nodeclient .*kubectl certificate approve/,
    besides: ORDINARY,
  },
  {
    title: 'no right to have later requests approved, seen with the node’s own credential',
    prepare: async (node) => {
      await join(node)
      await without(node, 'kubeadm:node-autoapprove-certificate-rotation')
    },
    name: 'renewal',
    verdict: 'warn',
    seen: /"system:node:n1" may not create certificatesigningrequests\/selfnodeclient/,
    fix: /--group=system:nodes/,
    besides: [],
  },
  {
    title: 'a serving certificate that somebody has to approve',
    more: { settings: { serving: { nodeIps: [], sans: [], machineNetwork: () => ({ interfaces: {} }) } } },
    name: 'serving',
    verdict: 'warn',
    seen: /nothing in Kubernetes approves serving requests/,
    besides: ORDINARY,
  },
  {
    title: 'a clock that is behind by more than certificates are dated back',
    lab: { faults: [{ fault: 'date', offset: '10m' }] },
    name: 'clock',
    verdict: 'fail',
    code: 'API_CERTIFICATE_DATES',
    seen: /(10m|9m59s) behind the server’s/,
    fix: /timedatectl/,
    besides: ORDINARY,
  },
  {
    title: 'a clock that is ahead',
    lab: { faults: [{ fault: 'date', offset: '-10m' }] },
    name: 'clock',
    verdict: 'warn',
    seen: /(10m|10m1s|9m59s) ahead of the server’s/,
    besides: ORDINARY,
  },
  {
    title: 'an API that is not there',
    lab: { faults: [{ fault: 'status', code: 404, path: '/apis/certificates.k8s.io/v1' }] },
    name: 'api',
    verdict: 'fail',
    code: 'API_NOT_FOUND',
    seen: /without certificates\.k8s\.io\/v1/,
    besides: ORDINARY,
  },
  {
    title: 'a Node of the name that is Ready',
    prepare: (node) => nodeObject(node, 'True'),
    name: 'name',
    verdict: 'fail',
    code: 'NODE_EXISTS',
    seen: /a Node "n1" is there and Ready/,
    besides: ORDINARY,
  },
  {
    title: 'a Node of the name that is to be replaced',
    prepare: (node) => nodeObject(node, 'True'),
    more: { replace: true },
    name: 'name',
    verdict: 'warn',
    seen: /there and Ready/,
    besides: ORDINARY,
  },
  {
    title: 'a Node of the name that is not Ready',
    prepare: (node) => nodeObject(node, 'False'),
    name: 'name',
    verdict: 'ok',
    seen: /not Ready, to be taken over/,
    besides: ORDINARY,
  },
  {
    title: 'this very node, Ready',
    prepare: async (node) => {
      await join(node)
      await nodeObject(node, 'True')
    },
    name: 'name',
    verdict: 'ok',
    seen: /"n1" is this node, and Ready/,
    besides: [],
  },
  {
    title: 'no right to look at Nodes',
    prepare: (node) => without(node, 'kubeadm:get-nodes'),
    name: 'name',
    verdict: 'warn',
    seen: /may not be asked/,
    fix: /certlet rbac/,
    besides: ORDINARY,
  },
  {
    title: 'a request of somebody else for the name',
    lab: { approve: 'manual' },
    prepare: async (node) => {
      await node.lab.admin('POST', CSRS, await kubeletRequest('csr-other', 'n1'))
      await node.lab.admin('POST', CSRS, await kubeletRequest('csr-elsewhere', 'n2'))
    },
    name: 'name',
    verdict: 'warn',
    seen: /"csr-other" asks for the name "n1" with another key \(made by kubernetes-admin\)/,
    fix: /kubectl delete csr csr-other/,
    besides: ORDINARY,
  },
  {
    title: 'a server that fails',
    lab: { faults: [{ fault: 'status', code: 500, resource: 'nodes' }] },
    name: 'name',
    verdict: 'fail',
    code: 'API_ERROR',
    seen: /answered 500/,
    besides: ORDINARY,
  },
  {
    title: 'a signer that works',
    prepare: (node) => join(node),
    name: 'signer',
    verdict: 'ok',
    seen: /it issued "node-csr-.*", which was made \d+s ago/,
    besides: [],
  },
  {
    title: 'a credential for another cluster',
    prepare: async (node) => {
      await join(node)
      const text = readFileSync(node.path('kubelet.conf'), 'utf8')
      writeFileSync(node.path('kubelet.conf'), text.replace(/server: .*/, 'server: https://127.0.0.1:1'))
    },
    name: 'credential',
    verdict: 'warn',
    seen: /but at https:\/\/127\.0\.0\.1:1, not at /,
    besides: ['renewal fail'],
  },
]

describe('preflight of the cluster', () => {
  it('has nothing to say of a cluster that kubeadm has made, and creates nothing', async () => {
    await using node = await sandbox()
    const findings = await findingsOf(node)
    assert.deepEqual(verdicts(findings), ORDINARY)
    assertFinding(findings, { name: 'api', verdict: 'ok', seen: /^Kubernetes v1\.36/ })
    assertFinding(findings, { name: 'token', verdict: 'ok', seen: /in system:bootstrappers, .*\(SelfSubjectReview\)/ })
    assertFinding(findings, { name: 'approval', verdict: 'ok', seen: /would approve it .*\/nodeclient/ })
    assertFinding(findings, { name: 'name', verdict: 'ok', seen: /no Node "n1" yet/ })
    assert.deepEqual(
      node.posts().filter((name) => !name.endsWith('reviews')),
      [],
    )
  })

  for (const { title, lab, prepare = () => undefined, more, besides = [], ...want } of cases) {
    it(`sees ${title}`, async () => {
      await using node = await sandbox(lab)
      await prepare(node)
      const findings = await findingsOf(node, more)
      assertFinding(findings, want)
      const own = want.verdict === 'ok' ? [] : [`${want.name} ${want.verdict}`]
      assert.deepEqual(verdicts(findings).sort(), [...besides, ...own].sort())
    })
  }

  it('asks with the node’s own credential where no token is needed any more', async () => {
    await using node = await sandbox()
    await join(node)
    const findings = await findingsOf(node, { settings: { source: { kind: 'file', path: '/nonexistent' } } })
    assertFinding(findings, { name: 'bootstrap-file', verdict: 'skipped', seen: /none is needed/ })
    assertFinding(findings, { name: 'token', verdict: 'ok', seen: /"system:node:n1"/ })
    assertFinding(findings, { name: 'approval', verdict: 'ok', seen: /selfnodeclient/ })
    assertFinding(findings, { name: 'renewal', verdict: 'ok', seen: /selfnodeclient/ })
  })

  it('sees that a node’s credential cannot ask for another name', async () => {
    await using node = await sandbox()
    await join(node)
    writeFileSync(node.path('bootstrap.conf'), readFileSync(node.path('kubelet.conf')), { mode: 0o600 })
    const settings = { identity: nodeIdentity({ osHostname: 'n2' }), certDir: node.path('other') }
    const findings = await findingsOf(node, { settings: { ...settings, kubeconfigPath: node.path('other.conf') } })
    assertFinding(findings, {
      name: 'approval',
      verdict: 'fail',
      code: 'FORBIDDEN',
      seen: /"system:node:n1" may ask for its own name only, not for "system:node:n2"/,
    })
  })

  it('sees that our own request was denied', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await assert.rejects(join(node, 300), { code: 'CSR_PENDING' })
    const [request] = await csrs(node.lab)
    await decide(node.lab, request?.metadata.name ?? '', 'Denied', 'not this one')
    const findings = await findingsOf(node)
    assertFinding(findings, { name: 'name', verdict: 'fail', code: 'CSR_DENIED', seen: /was denied: not this one/ })
  })

  it('sees keys of another machine', async () => {
    await using node = await sandbox()
    await join(node)
    const findings = await findingsOf(node, { machine: { text: 'b'.repeat(32), binding: true } })
    assertFinding(findings, { name: 'machine-id', verdict: 'warn', seen: /this disk is a copy/ })
    assertFinding(findings, { name: 'credential', verdict: 'ok', seen: /a new one is needed: .*another machine/ })
  })

  it('sends no token to a server with another CA', async () => {
    await using node = await sandbox()
    const { certificatePem } = await createAuthority('kubernetes', new Date())
    const ca = Buffer.from(certificatePem).toString('base64')
    const text = node.lab.bootstrapKubeconfig().replace(/authority-data: .*/, `authority-data: ${ca}`)
    writeFileSync(node.path('bootstrap.conf'), text, { mode: 0o600 })
    const findings = await findingsOf(node)
    assertFinding(findings, { name: 'tls', verdict: 'fail', code: 'API_CA_MISMATCH', seen: /another key/ })
    assertFinding(findings, { name: 'token', verdict: 'skipped', seen: /see tls/ })
    assert.deepEqual(
      node.lab.requests.map(({ path }) => path),
      ['/version'],
    )
  })

  it('makes no check over the network without a kubeconfig', async () => {
    await using node = await sandbox()
    const findings = await findingsOf(node, { settings: { source: { kind: 'file', path: '/nonexistent' } } })
    assertFinding(findings, {
      name: 'bootstrap-file',
      verdict: 'fail',
      code: 'KUBECONFIG_MISSING',
      seen: /nonexistent/,
    })
    assertFinding(findings, { name: 'dns', verdict: 'skipped', seen: /see bootstrap-file/ })
  })

  describe('judges the signer', () => {
    const now = new Date('2026-01-01T01:00:00Z')
    const request = (name: string, minutesAgo: number, certificate?: string): SigningRequest => ({
      ...{ name, uid: name, resourceVersion: '1', signerName: '', request: '', usages: [], username: '' },
      createdAt: new Date(now.getTime() - minutesAgo * 60_000),
      conditions: [{ type: 'Approved', reason: '', message: '' }],
      ...(certificate !== undefined && { certificate }),
    })
    for (const { title, sample, verdict, seen } of [
      { title: 'nothing may be listed', sample: undefined, verdict: 'skipped', seen: /may not be listed/ },
      { title: 'nothing is there', sample: [], verdict: 'skipped', seen: /no request was issued/ },
      { title: 'one has just been approved', sample: [request('a', 1)], verdict: 'skipped', seen: /no request/ },
      {
        title: 'one is stuck',
        sample: [request('a', 5), request('b', 4)],
        verdict: 'fail',
        seen: /"b" was approved and is not signed, and 1 more/,
      },
      {
        title: 'it went on after one got stuck',
        sample: [request('a', 5), request('b', 4, 'pem')],
        verdict: 'ok',
        seen: /issued "b", which was made 4m ago/,
      },
      { title: 'it has stopped', sample: [request('a', 9, 'pem'), request('b', 4)], verdict: 'fail', seen: /"b"/ },
    ] as const) {
      it(`when ${title}`, () => {
        assertFinding(signerFinding(sample, now), { verdict, seen })
      })
    }
  })
})
