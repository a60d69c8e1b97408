import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { firstObjects } from '../../../src/lab/control-plane.ts'
import { fits } from '../../../src/lab/documents/pattern.ts'
import { generationOf } from '../../../src/lab/generation.ts'
import { parseDuration } from '../../../src/duration.ts'
import type { Expectation, VerdictName } from '../../../src/probe/expectation.ts'
import type { Policy, Requestor } from '../../../src/probe/policy.ts'
import { policies, readPolicy } from '../../../src/probe/policies/index.ts'
import { rejectionOf } from '../../../src/probe/policies/api-server.ts'
import { askedOf, objectOf } from '../../../src/probe/policies/asked.ts'
import { requestorsUnder } from '../../../src/probe/policies/rights.ts'
import { decideAsStock } from '../../../src/probe/policies/stock.ts'
import { readDecisions } from '../../lab/replay/decision.ts'

/** Recordings that no policy speaks of, by the beginnings of their names, and why. */
const NO_VERDICT: Readonly<Record<string, string>> = {
  'cleaner-': 'is about what the cleaner removes later',
  'before-': 'depends on what was done to the request while no controller ran',
  'approve-after-failed': 'was failed by hand before it was approved',
}

interface Recording {
  readonly name: string
  readonly as: string
  readonly spec: { request: string; signerName: string; usages: string[]; expirationSeconds?: number }
  readonly manual?: { readonly conditions: readonly { type: string }[] }
  readonly outcome: {
    readonly created: boolean
    readonly status?: number
    readonly message?: string
    readonly requestedBy?: { readonly username: string; readonly groups: readonly string[] }
    readonly conditions?: readonly { type: string; reason: string; message: string }[]
    readonly issued?: boolean
    readonly certificate?: {
      readonly pemBlocks: number
      readonly subject: readonly [type: string, value: string, stringType: string][]
      readonly sans: Readonly<Record<'dns' | 'ip' | 'email' | 'uri', string[]>>
      readonly keyUsage: readonly string[] | null
      readonly extKeyUsage: readonly string[] | null
      readonly basicConstraints: { readonly ca: boolean }
      readonly lifetimeSeconds: number
    }
  }
}

const dir = fileURLToPath(new URL('../../recordings', import.meta.url))
const folder = readDecisions(dir)
const recordings = folder.decisions as unknown as Recording[]
const spokenOf = recordings.filter(({ name }) => reasonOf(name) === undefined)

function reasonOf(name: string): string | undefined {
  return Object.entries(NO_VERDICT).find(([beginning]) => name.startsWith(beginning))?.[1]
}

const now = new Date()
/** By whose rights the recorded approver decided. */
const requestors = requestorsUnder(
  [...firstObjects(generationOf('1.26'), { token: 'unused.0123456789abcdef', kubeadm: false, now }), ...folder.objects],
  now,
)

function requestorOf({ as, outcome }: Recording): Requestor {
  // A refused request has no requestor in its recording: creator, whose name is its user.
  const { username, groups } = outcome.requestedBy ?? { username: as, groups: ['creators', 'devs'] }
  return requestors(username, groups)
}

/** The stock approver, or the hand that decided in its place. */
function policyOf({ manual }: Recording): Policy {
  const byHand = manual?.conditions.find(({ type }) => type === 'Approved' || type === 'Denied')
  const [, stock] = policies
  assert.equal(stock?.name, 'stock')
  if (byHand === undefined) return stock
  return readPolicy(`[{ verdict: ${byHand.type === 'Approved' ? 'approve' : 'deny'} }]`, 'by-hand.yaml')
}

function verdictOf({ created, conditions = [], issued }: Recording['outcome']): VerdictName {
  const has = (type: string): boolean => conditions.some((condition) => condition.type === type)
  if (!created) return 'rejected'
  if (has('Denied')) return 'denied'
  if (has('Failed')) return 'failed'
  if (issued) return 'issued'
  return has('Approved') ? 'approved' : 'pending'
}

const bodyOf = ({ spec }: Recording) => ({ ...spec, request: Buffer.from(spec.request) })

/** What `status` or conditions say that an expectation is held against. */
function wordsOf({ outcome }: Recording): { reason?: string; message?: string } {
  const { message, conditions = [] } = outcome
  const failed = conditions.find(({ type }) => type === 'Failed' || type === 'Denied')
  return failed ?? { ...(message !== undefined && { message }) }
}

function assertCertificate(expected: Expectation['certificate'], found: Recording['outcome']['certificate']): void {
  assert.ok(expected && found, 'a certificate on both sides')
  const values = (type: string): string[] => found.subject.filter(([name]) => name === type).map(([, value]) => value)
  const extended: Readonly<Record<string, string>> = { clientAuth: 'client auth', serverAuth: 'server auth' }
  const { lifetime, ...rest } = expected
  // One set of all organizations is written, and a set has an order of its own.
  assert.deepEqual(
    { ...rest, organizations: rest.organizations?.toSorted() },
    {
      commonName: values('CN').at(-1) ?? '',
      organizations: values('O').toSorted(),
      dnsNames: found.sans.dns,
      ipAddresses: found.sans.ip,
      emails: found.sans.email,
      uris: found.sans.uri,
      usages: [...(found.keyUsage ?? []), ...(found.extKeyUsage ?? []).map((name) => extended[name] ?? name)],
      ca: found.basicConstraints.ca,
      certificates: found.pemBlocks,
    },
  )
  if (lifetime?.atMost !== undefined) {
    assert.ok(found.lifetimeSeconds * 1000 <= (parseDuration(lifetime.atMost) ?? 0), `longer than ${lifetime.atMost}`)
  }
}

describe('what policies expect, beside the recordings of a real control plane', () => {
  for (const recording of spokenOf) {
    it(`${recording.name} comes out as expected`, () => {
      const expected = policyOf(recording).expect(bodyOf(recording), requestorOf(recording), { minor: 26 })
      const verdict = verdictOf(recording.outcome)
      assert.ok(expected.verdicts.includes(verdict), `expected ${expected.verdicts.join()}: ${expected.because ?? ''}`)
      assert.equal(expected.status, recording.outcome.status)
      const { reason, message } = wordsOf(recording)
      if (reason !== undefined) assert.ok(fits(expected.reason, reason), reason)
      if (message !== undefined) assert.ok(fits(expected.message, message), `${message}\n${String(expected.message)}`)
      if (verdict === 'issued') assertCertificate(expected.certificate, recording.outcome.certificate)
    })
  }

  it('the API server refuses in the recorded words', () => {
    const refused = spokenOf.filter(({ outcome }) => !outcome.created)
    assert.ok(refused.length >= 2)
    for (const recording of refused) {
      const requestor = requestorOf(recording)
      const rejection = rejectionOf(objectOf(bodyOf(recording), requestor), requestor, { minor: 26 })
      assert.ok(rejection && recording.outcome.message?.includes(rejection.why), recording.name)
    }
  })

  it('the stock approver gives its reason in the recorded words', () => {
    const automatic = spokenOf.filter(({ outcome }) => outcome.conditions?.[0]?.reason === 'AutoApproved')
    assert.ok(automatic.length > 40)
    for (const recording of automatic) {
      const requestor = requestorOf(recording)
      const decision = decideAsStock(askedOf(objectOf(bodyOf(recording), requestor), requestor, { minor: 26 }))
      const [approved] = recording.outcome.conditions ?? []
      assert.deepEqual(
        { do: 'approve', reason: approved?.reason, message: approved?.message },
        { do: decision.do, ...('message' in decision && { reason: decision.reason, message: decision.message }) },
        recording.name,
      )
    }
  })

  it('leaves out few, each for a reason that holds', () => {
    const left = recordings.filter(({ name }) => reasonOf(name) !== undefined)
    assert.equal(left.length + spokenOf.length, folder.decisions.length)
    for (const { name, outcome, ...recording } of left) {
      const telling = 'ageAtPassMinutes' in recording || 'before' in recording
      assert.ok(telling || outcome.conditions?.[0]?.type === 'Failed', `${name}: no reason to leave it out`)
    }
    assert.ok(spokenOf.length > 200)
  })
})
