import assert from 'node:assert/strict'
import { matchingRule, type ApprovalRule } from '../../../src/lab/controllers/approval-rules.ts'
import { type CertificateSigningRequest, requestPem } from '../../../src/lab/controllers/csr.ts'
import { parseCertificateRequest } from '../../../src/lab/pki/certificate-request.ts'
import { startLab } from '../../../src/lab/index.ts'
import { CSRS, csrWhen, hasCondition, isIssued, kubeletRequest } from '../../support/lab-requests.ts'

describe('a rule of the lab’s approver', () => {
  let csr: CertificateSigningRequest
  before(async () => {
    const object = (await kubeletRequest('one', 'n1', {
      dnsNames: ['n1.example.com'],
      ipAddresses: ['10.1.2.3', 'fd00::1'],
    })) as CertificateSigningRequest
    csr = { ...object, spec: { ...object.spec, username: 'system:node:n1', groups: ['system:nodes'] } }
  })

  for (const { title, rule, want } of [
    { title: 'matches everything without fields', rule: {}, want: true },
    { title: 'matches by signer', rule: { signer: 'kubernetes.io/kubelet-serving' }, want: true },
    { title: 'does not match another signer', rule: { signer: ['example.com/*'] }, want: false },
    { title: 'matches by common name', rule: { commonName: 'system:node:*' }, want: true },
    { title: 'does not match another organization', rule: { organizations: 'system:masters' }, want: false },
    { title: 'matches when every DNS name fits', rule: { dnsNames: ['*.example.com'] }, want: true },
    { title: 'does not match with a DNS name that does not fit', rule: { dnsNames: ['*.example.org'] }, want: false },
    {
      title: 'matches when every address is in a range',
      rule: { ipAddresses: ['10.0.0.0/8', 'fd00::/8'] },
      want: true,
    },
    { title: 'does not match with one address outside', rule: { ipAddresses: '10.0.0.0/8' }, want: false },
    {
      title: 'matches when every usage is among those named',
      rule: { usages: ['digital signature', 'key encipherment', 'server auth'] },
      want: true,
    },
    { title: 'does not match with a usage that is not named', rule: { usages: 'server auth' }, want: false },
    { title: 'matches by requestor', rule: { requestor: 'system:node:n1' }, want: true },
    { title: 'does not match another requestor', rule: { requestor: 'system:bootstrap:*' }, want: false },
    { title: 'matches by one of the groups', rule: { groups: ['system:nodes', 'x'] }, want: true },
    { title: 'does not match without such a group', rule: { groups: 'system:masters' }, want: false },
    {
      title: 'matches only when all fields do',
      rule: { signer: '*', requestor: 'nobody' },
      want: false,
    },
  ] satisfies { title: string; rule: Omit<ApprovalRule, 'verdict'>; want: boolean }[]) {
    it(title, () => {
      const parsed = parseCertificateRequest(requestPem(csr))
      assert.ok('ok' in parsed)
      assert.equal(matchingRule([{ ...rule, verdict: 'approve' }], csr, parsed.ok) !== undefined, want)
    })
  }
})

describe('approval by rules', () => {
  it('goes by the first rule that matches, and by the mode where none does', async () => {
    await using lab = await startLab({
      approve: 'deny',
      approvalRules: [
        { commonName: 'system:node:good', verdict: 'approve', reason: 'Known', message: 'by name' },
        { commonName: 'system:node:left', verdict: 'ignore' },
        { commonName: 'system:node:*d', verdict: 'deny', reason: 'Bad' },
      ],
    })
    for (const name of ['good', 'bad', 'left', 'other']) await lab.admin('POST', CSRS, await kubeletRequest(name, name))
    const good = await csrWhen(lab, 'good', isIssued)
    assert.deepEqual(
      good.status.conditions?.map(({ type, reason, message }) => ({ type, reason, message })),
      [{ type: 'Approved', reason: 'Known', message: 'by name' }],
    )
    assert.equal((await csrWhen(lab, 'bad', hasCondition('Denied'))).status.conditions?.[0]?.reason, 'Bad')
    await csrWhen(lab, 'other', hasCondition('Denied'))
    assert.equal((await csrWhen(lab, 'left', () => true)).status.conditions, undefined)
  })

  it('waits as long as the rule says', async () => {
    await using lab = await startLab({ approvalRules: [{ verdict: 'approve', delay: '1500ms' }] })
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    assert.equal((await csrWhen(lab, 'one', () => true)).status.conditions, undefined)
    await csrWhen(lab, 'one', hasCondition('Approved'))
  })

  it('looks at every request again when the settings change', async () => {
    await using lab = await startLab({ approve: 'none', sign: false })
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'n1'))
    lab.setApproval({ rules: [{ verdict: 'approve' }] })
    await csrWhen(lab, 'one', hasCondition('Approved'))
    lab.setSigning({ duration: '1h', notBeforeOffset: '-30s' })
    await csrWhen(lab, 'one', isIssued)
  })
})
