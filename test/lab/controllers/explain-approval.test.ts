import assert from 'node:assert/strict'
import type { ApprovalRule } from '../../../src/lab/controllers/approval-rules.ts'
import type { ApprovalMode } from '../../../src/lab/controllers/approver.ts'
import { type CertificateSigningRequest, requestPem } from '../../../src/lab/controllers/csr.ts'
import { explainApproval, type Opinion } from '../../../src/lab/controllers/explain-approval.ts'
import { parseCertificateRequest } from '../../../src/lab/pki/certificate-request.ts'
import { kubeletRequest } from '../../support/lab-requests.ts'

type Spec = CertificateSigningRequest['spec']

async function opinions(
  change: Partial<Spec>,
  {
    mode = 'auto',
    rules = [],
    rights = ['nodeclient'],
  }: { mode?: ApprovalMode; rules?: ApprovalRule[]; rights?: string[] },
  serving = false,
): Promise<Opinion[]> {
  const names = { dnsNames: ['n1.example'], ipAddresses: ['10.0.0.1'] }
  const { metadata, spec } = (await kubeletRequest(
    'one',
    'n1',
    serving ? names : undefined,
  )) as CertificateSigningRequest
  const csr = {
    metadata,
    spec: { ...spec, username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers'], ...change },
  }
  const parsed = parseCertificateRequest(requestPem(csr))
  assert.ok('ok' in parsed)
  const mayCreate = (name: string) => (rights.includes(name) ? { allowed: true, reason: 'RBAC' } : { allowed: false })
  return explainApproval(csr, parsed.ok, { policy: { mode, rules }, mayCreate })
}

const STOCK = 'the stock approver'

interface Case {
  readonly title: string
  readonly change?: Partial<Spec>
  readonly rights?: string[]
  readonly serving?: boolean
  readonly says: Opinion['says']
  readonly why: RegExp
}

describe('what would be decided about a request, in words', () => {
  for (const { title, change = {}, serving = false, says, why, rights } of [
    { title: 'a kubelet’s with the right', says: 'approve', why: /^the requestor may create nodeclient: RBAC$/ },
    {
      title: 'a kubelet’s without it',
      rights: [],
      says: 'nothing',
      why: /may not create certificatesigningrequests\/nodeclient:/,
    },
    {
      title: 'a node’s own',
      change: { username: 'system:node:n1' },
      rights: ['selfnodeclient'],
      says: 'approve',
      why: /may create selfnodeclient/,
    },
    {
      title: 'a right that counts for a node’s own request alone',
      rights: ['selfnodeclient'],
      says: 'nothing',
      why: /may not create certificatesigningrequests\/nodeclient: a binding is missing$/,
    },
    {
      title: 'wrong usages',
      change: { usages: ['client auth'] },
      says: 'nothing',
      why: /kubelet’s request: usages did not match/,
    },
    {
      title: 'a serving request',
      serving: true,
      says: 'nothing',
      why: /approves no serving requests; this one is well-formed$/,
    },
    {
      title: 'a serving request with wrong usages',
      ...{ serving: true, change: { usages: ['client auth'] }, says: 'nothing', why: /not well-formed \(usages/ },
    },
    {
      title: 'another signer',
      change: { signerName: 'example.com/x' },
      says: 'nothing',
      why: /looks at kubernetes\.io\/kube-api/,
    },
  ] satisfies Case[] as Case[]) {
    it(`has the stock approver’s view of ${title}`, async () => {
      const given = await opinions(change, rights ? { rights } : {}, serving)
      const stock = given.find(({ who }) => who === STOCK)
      assert.equal(stock?.says, says)
      assert.match(stock.why, why)
    })
  }

  it('asks the lab’s rules in order, up to the first that matches, and says which field does not', async () => {
    const rules: ApprovalRule[] = [
      { verdict: 'approve', commonName: 'system:node:m*' },
      { verdict: 'deny', groups: ['system:bootstrappers'], delay: '5s' },
      { verdict: 'approve' },
    ]
    const given = await opinions({}, { rules, mode: 'manual' })
    assert.deepEqual(
      given.map(({ who, says }) => [who, says]),
      [
        ['rule 1 of the lab', 'nothing'],
        ['rule 2 of the lab', 'deny'],
        ['the stock approver, which is not asked here', 'approve'],
        ['the signer, once it is approved', 'sign'],
      ],
    )
    assert.equal(given[0]?.why, 'would approve, but commonName does not match "system:node:m*"')
    assert.equal(given[1]?.why, 'matches, 5s after its creation')
  })

  it('has the mode’s view where no rule matches, and the signer’s of what it would refuse', async () => {
    const manual = await opinions({ usages: ['server auth'] }, { mode: 'manual' })
    assert.deepEqual(
      manual.map(({ says }) => says),
      ['nothing', 'nothing', 'fail'],
    )
    assert.match(manual[0]?.who ?? '', /mode, manual/)
    assert.match(manual[2]?.why ?? '', /^usages did not match/)
    const deny = await opinions(
      { signerName: 'example.com/x' },
      { mode: 'deny', rules: [{ verdict: 'deny', signer: 'a' }] },
    )
    assert.deepEqual(
      deny.map(({ says }) => says),
      ['nothing', 'deny', 'nothing', 'nothing'],
    )
    const ignored = await opinions({}, { rules: [{ verdict: 'ignore' }] })
    assert.match(ignored[0]?.why ?? '', /leaves the request to others/)
  })
})
