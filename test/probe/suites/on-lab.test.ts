import assert from 'node:assert/strict'
import { parseDuration } from '../../../src/duration.ts'
import { readCertificates } from '../../../src/csr/certificate.ts'
import { type ApprovalRule, type ApprovalSettings, type Lab, startLab } from '../../../src/lab/index.ts'
import { readDocument } from '../../../src/lab/documents/document.ts'
import { fits } from '../../../src/lab/documents/pattern.ts'
import type { Policy } from '../../../src/probe/policy.ts'
import { policies } from '../../../src/probe/policies/index.ts'
import { suite } from '../../../src/probe/suite.ts'
import { BUILT_IN, type BuiltIn } from '../../../src/probe/suites/names.ts'
import { readSuiteTexts } from '../../../src/probe/suites/texts.ts'
import { holds, type Outcome, runOnLab } from '../../support/suite-on-lab.ts'

const texts = readSuiteTexts()
const suites = new Map(BUILT_IN.map((name) => [name, readDocument(suite, texts[name], `${name}.yaml`)]))

function builtIn(name: BuiltIn) {
  const found = suites.get(name)
  assert.ok(found)
  return found
}

function policyNamed(name: string): Policy {
  const found = policies.find((one) => one.name === name)
  assert.ok(found)
  return found
}

const values = {
  ...{ node: 'a', otherNode: 'b', nodeIp: '10.1.0.1', otherNodeIp: '10.1.0.2' },
  ...{ apiServer: '127.0.0.1', user: '', run: 'test', copy: '1' },
}
const server = { minor: 36, nodeAddresses: { a: ['10.1.0.1'], b: ['10.1.0.2'] } }

const report = ({ name, verdict, status, message, expected }: Outcome): string =>
  `${name}: ${verdict} ${status} ${message}; expected ${expected.verdicts.join('|')} (${expected.because ?? ''})`

async function run(name: BuiltIn, lab: Lab, policy: string, approval: Partial<ApprovalSettings>): Promise<Outcome[]> {
  const restore = (): void => {
    lab.setApproval(approval)
    lab.setSigning({})
  }
  const options = { policy: policyNamed(policy), server, values, quietMs: 200, mostCopies: 20, restore }
  return runOnLab(builtIn(name), lab, options)
}

const different = (outcomes: readonly Outcome[]): Outcome[] => outcomes.filter((one) => !holds(one))

const namesOf = (outcomes: readonly Outcome[]): string[] => [...new Set(outcomes.map(({ name }) => name))].sort()

describe('the built-in suites on a lab', () => {
  for (const { policy, mode } of [
    { policy: 'stock', mode: 'auto' },
    { policy: 'none', mode: 'none' },
  ] as const) {
    for (const name of BUILT_IN) {
      it(`${name}: all holds under ${policy}`, async () => {
        await using lab = await startLab({ approve: mode })
        assert.deepEqual(different(await run(name, lab, policy, { mode })).map(report), [])
      })
    }
  }

  it('certificates are what is expected of them', async () => {
    await using lab = await startLab()
    const outcomes = await run('signer', lab, 'stock', {})
    const issued = outcomes.filter(({ expected }) => expected.certificate && !expected.certificate.wrong)
    assert.ok(issued.length >= 12)
    for (const { name, certificatePem = '', expected } of issued) {
      const certificates = readCertificates(certificatePem)
      const [leaf] = certificates
      assert.ok(leaf && expected.certificate, name)
      const { commonName, dnsNames, ipAddresses, lifetime, ca, certificates: number } = expected.certificate
      if (commonName !== undefined) assert.equal(leaf.commonName, commonName, name)
      if (dnsNames) assert.deepEqual(leaf.subjectAltNames.dnsNames, dnsNames, name)
      if (ipAddresses) assert.deepEqual(leaf.subjectAltNames.ipAddresses, ipAddresses, name)
      if (number !== undefined) assert.equal(certificates.length, number, name)
      assert.equal(leaf.node.ca, ca ?? false, name)
      const ms = leaf.notAfter.getTime() - leaf.notBefore.getTime()
      const within = (text: string | undefined, sign: 1 | -1): boolean =>
        text === undefined || sign * ms <= sign * (parseDuration(text) ?? NaN)
      assert.ok(within(lifetime?.atMost, 1) && within(lifetime?.atLeast, -1), `${name}: ${ms} ms`)
    }
  })

  it('are rejected for what they stand for', async () => {
    await using lab = await startLab({ approve: 'none' })
    const rejected = (await run('hostile', lab, 'none', { mode: 'none' })).filter(
      ({ verdict }) => verdict === 'rejected',
    )
    for (const { name, message, expected } of rejected)
      assert.ok(fits(expected.message, message), `${name}: ${message}`)
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
      assert.match(rejected.find((one) => one.name === name)?.message ?? 'not rejected', pattern, name)
    }
  })

  describe('find what careless approvers let pass', () => {
    it('one that approves whatever is for serving', async () => {
      const rules: ApprovalRule[] = [{ signer: 'kubernetes.io/kubelet-serving', verdict: 'approve' }]
      await using lab = await startLab({ approvalRules: rules })
      const found = different(await run('hostile', lab, 'strict-serving', { rules }))
      assert.ok(found.every(({ verdict }) => verdict === 'issued'))
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
