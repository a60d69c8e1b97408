import assert from 'node:assert/strict'
import { type ApprovalRule, type ApprovalSettings, type Lab, startLab } from '../../../src/lab/index.ts'
import { policies } from '../../../src/probe/policies/index.ts'
import type { CaseResult } from '../../../src/probe/results.ts'
import { BUILT_IN, type BuiltIn } from '../../../src/probe/suites/names.ts'
import { different, probeLab } from '../../support/suite-on-lab.ts'

function run(name: BuiltIn, lab: Lab, policy: string, approval: Partial<ApprovalSettings>): Promise<CaseResult[]> {
  const found = policies.find((one) => one.name === policy)
  assert.ok(found)
  return probeLab(lab, [name], found, { approval })
}

const report = ({ name, differences, because = '' }: CaseResult): string =>
  `${name}: ${differences.join('; ')} (${because})`

const namesOf = (results: readonly CaseResult[]): string[] => [...new Set(results.map(({ name }) => name))].sort()

describe('the built-in suites on a lab', () => {
  for (const { policy, mode } of [
    { policy: 'stock', mode: 'auto' },
    { policy: 'none', mode: 'none' },
  ] as const) {
    for (const name of BUILT_IN) {
      it(`${name}: all holds under ${policy}`, async () => {
        await using lab = await startLab({ approve: mode })
        const results = await run(name, lab, policy, { mode })
        assert.deepEqual(different(results).map(report), [])
        assert.ok(results.every(({ skipped }) => skipped === undefined))
      })
    }
  }

  it('are rejected for what they stand for', async () => {
    await using lab = await startLab({ approve: 'none' })
    const rejected = (await run('hostile', lab, 'none', { mode: 'none' })).filter(({ found }) => found === 'rejected')
    const words: Readonly<Record<string, RegExp>> = {
      'changed-after-signing': /ECDSA verification failure/,
      'broken-signature': /ECDSA verification failure/,
      'signed-by-another-key': /ECDSA verification failure/,
      'octets-after-the-end': /trailing data/,
      'cut-off': /data truncated/,
      'length-in-too-many-octets': /length too large|data truncated/,
      'address-of-five-octets': /IP address of length 5/,
      'client-signer-for-administrators': /system:masters group is not allowed/,
      'common-name-of-another-node': /CN=system:node:a/,
      'lifetime-below-zero': /less than 600 seconds/,
    }
    for (const [name, pattern] of Object.entries(words)) {
      assert.match(rejected.find((one) => one.name === name)?.message ?? 'not rejected', pattern)
    }
  })

  describe('find what careless approvers let pass', () => {
    it('one that approves whatever is for serving', async () => {
      const rules: ApprovalRule[] = [{ signer: 'kubernetes.io/kubelet-serving', verdict: 'approve' }]
      await using lab = await startLab({ approvalRules: rules })
      const found = different(await run('hostile', lab, 'strict-serving', { rules }))
      assert.ok(found.every((one) => one.found === 'issued'))
      assert.deepEqual(namesOf(found), [
        'address-of-another-node',
        'address-of-the-api-server',
        'again-after-it-was-judged',
        'by-an-administrator',
        'common-name-is-not-the-user',
        'ipv4-mapped',
        'kubernetes',
        'kubernetes-default-svc',
        'lifetime-of-68-years',
        'link-local',
        'link-local-ipv6',
        'localhost',
        'loopback',
        'many-names',
        'name-of-another-node',
        'name-that-begins-like-the-node',
        'name-that-ends-like-the-node',
        'other-ipv6-address',
        'over-a-year',
        'unspecified-address',
        'wildcard',
        'wildcard-under-the-node',
      ])
    })

    it('one that approves everything', async () => {
      const rules: ApprovalRule[] = [{ verdict: 'approve' }]
      await using lab = await startLab({ approvalRules: rules })
      const found = namesOf(different(await run('hostile', lab, 'stock', { rules })))
      for (const name of ['client-signer', 'unknown-signer', 'administrators-as-well', 'kubernetes', 'single-usage'])
        assert.ok(found.includes(name), name)
      assert.ok(!found.includes('client-signer-for-administrators'), 'the API server refuses it')
      const proper = namesOf(different(await run('kubelet-client', lab, 'stock', { rules })))
      assert.ok(!proper.includes('first-certificate') && proper.includes('server-auth-as-well'))
    })

    it('one that locks new kubelets out', async () => {
      const three = ['digital signature', 'key encipherment', 'server auth']
      const rules: ApprovalRule[] = [
        ...three.map((usage) => ({
          signer: 'kubernetes.io/kubelet-serving',
          usages: three.filter((other) => other !== usage),
          verdict: 'deny' as const,
        })),
        { signer: 'kubernetes.io/kubelet-serving', verdict: 'approve' },
      ]
      await using lab = await startLab({ approvalRules: rules })
      const found = namesOf(different(await run('generations', lab, 'strict-serving', { rules })))
      assert.deepEqual(found, ['1-27-serving', '1-27-serving-without-an-address', '1-36-serving'])
    })
  })
})
