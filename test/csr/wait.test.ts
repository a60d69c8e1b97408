import assert from 'node:assert/strict'
import type { SigningRequest, SigningRequestEvent } from '../../src/csr/signing-request.ts'
import { waitForOutcome } from '../../src/csr/wait.ts'
import { signingRequestFake, stored } from '../support/signing-request-fake.ts'

describe('wait for a certificate', () => {
  const pending = stored({ name: 'x', signerName: 's', request: 'r', usages: [] })
  const condition = (type: string): SigningRequest['conditions'] => [{ type, reason: 'R', message: 'M' }]
  const present = (but: Partial<SigningRequest>): SigningRequestEvent => ({
    kind: 'present',
    request: { ...pending, ...but },
  })
  const approved = present({ conditions: condition('Approved') })
  const issued = present({ conditions: condition('Approved'), certificate: 'c' })

  const table: {
    title: string
    events: SigningRequestEvent[]
    want: object
    told: string[]
    first?: Partial<SigningRequest>
  }[] = [
    {
      title: 'ends when it is issued',
      events: [approved, issued],
      want: { kind: 'issued', certificate: 'c' },
      told: ['pending', 'approved', 'issued'],
    },
    {
      title: 'tells the same verdict once',
      events: [present({}), present({}), approved, approved, issued],
      want: { kind: 'issued', certificate: 'c' },
      told: ['pending', 'approved', 'issued'],
    },
    {
      title: 'goes on for a certificate without approval',
      events: [present({ certificate: 'early' }), issued],
      want: { kind: 'issued', certificate: 'c' },
      told: ['pending', 'issued'],
    },
    {
      title: 'ends when it is denied',
      events: [present({ conditions: condition('Denied') })],
      want: { kind: 'denied', reason: 'R', message: 'M' },
      told: ['pending', 'denied'],
    },
    {
      title: 'ends when it has failed',
      events: [present({ conditions: [...condition('Approved'), ...condition('Failed')] })],
      want: { kind: 'failed', reason: 'R', message: 'M' },
      told: ['pending', 'failed'],
    },
    { title: 'ends when it is deleted', events: [{ kind: 'deleted' }], want: { kind: 'gone' }, told: ['pending'] },
    {
      title: 'does not take the certificate of a namesake with another UID',
      events: [present({ uid: 'u2', conditions: condition('Approved'), certificate: 'c' })],
      want: { kind: 'gone' },
      told: ['pending'],
    },
    {
      title: 'does not watch what is settled already',
      first: { conditions: condition('Denied') },
      events: [],
      want: { kind: 'denied', reason: 'R', message: 'M' },
      told: ['denied'],
    },
  ]
  for (const { title, events, want, told, first } of table) {
    it(title, async () => {
      const verdicts: string[] = []
      const outcome = await waitForOutcome(
        signingRequestFake({ events }),
        { ...pending, ...first },
        { signal: AbortSignal.timeout(5000), onVerdict: ({ kind }) => verdicts.push(kind) },
      )
      assert.deepEqual(outcome, want)
      assert.deepEqual(verdicts, told)
    })
  }

  it('rejects with the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = waitForOutcome(signingRequestFake(), pending, {
      signal: controller.signal,
      onVerdict: () => undefined,
    })
    controller.abort(reason)
    await assert.rejects(waiting, (error) => error === reason)
  })
})
