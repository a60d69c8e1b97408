import assert from 'node:assert/strict'
import { watchEarly } from '../../src/csr/early-watch.ts'
import type { SigningRequest, SigningRequestEvent } from '../../src/csr/signing-request.ts'
import { waitForOutcome } from '../../src/csr/wait.ts'
import { CertletError } from '../../src/errors.ts'
import { unhandledRejections } from '../support/unhandled-rejections.ts'
import { simulatedClock } from '../support/simulated-clock.ts'
import { signingRequestFake, stored } from '../support/signing-request-fake.ts'

const pending = stored({ name: 'x', signerName: 's', request: 'r', usages: [] })
const approval = { type: 'Approved', reason: 'R', message: 'M' }
const present = (but: Partial<SigningRequest> = {}): SigningRequestEvent => ({
  kind: 'present',
  request: { ...pending, ...but },
})
const approved = present({ conditions: [approval], resourceVersion: '2' })
const issued = present({ conditions: [approval], certificate: 'c', resourceVersion: '3' })
const deleted: SigningRequestEvent = { kind: 'deleted' }

type Told = SigningRequestEvent | CertletError | 'end'

/** A watch that tells these things one after the other; then it is silent until it is ended. */
function watchTelling(...told: Told[]) {
  const state = { begun: 0, ended: false }
  async function* watch(signal: AbortSignal): AsyncGenerator<SigningRequestEvent> {
    state.begun++
    try {
      for (const one of told) {
        if (one === 'end') return
        if (one instanceof CertletError) throw one
        yield await Promise.resolve(one)
      }
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error)
        })
      })
    } finally {
      state.ended = true
    }
  }
  return { state, watch }
}

/** Lets all that can happen now happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a watch that is sent beside the POST', () => {
  const signal = new AbortController().signal

  /** Waits as after a POST that made `pending`. @returns what came of it, and where an ordinary watch went on, if one did. */
  async function outcomeOf(early: Told[], ordinary: SigningRequestEvent[] = [issued]) {
    const clock = simulatedClock()
    const { state, watch } = watchTelling(...early)
    using beside = watchEarly(watch, { clock, signal })
    const from: (string | undefined)[] = []
    const fake = signingRequestFake({ events: ordinary })
    const api: typeof fake = {
      ...fake,
      changes: (name, seen, until) => {
        from.push(seen)
        return fake.changes(name, seen, until)
      },
    }
    const told: string[] = []
    const waiting = waitForOutcome(api, pending, {
      signal,
      early: beside,
      onVerdict: ({ kind }) => told.push(kind),
    })
    const end = { reached: false }
    void waiting.finally(() => {
      end.reached = true
    })
    const startedAt = clock.now().getTime()
    await clock.until(() => end.reached, 60_000)
    await settle()
    return { outcome: await waiting, from, told, state: { ...state }, ms: clock.now().getTime() - startedAt }
  }

  it('is begun at once, before anybody waits for what it tells', async () => {
    const { state, watch } = watchTelling()
    using _early = watchEarly(watch, { clock: simulatedClock(), signal })
    assert.equal(state.begun, 1)
    await settle()
  })

  it('tells the certificate, and no other watch is needed', async () => {
    const { outcome, from, told, state } = await outcomeOf([present(), approved, issued])
    assert.deepEqual(outcome, { kind: 'issued', certificate: 'c' })
    assert.deepEqual(told, ['pending', 'approved', 'issued'])
    assert.deepEqual(from, [])
    assert.ok(state.ended, 'it is ended when it has told all')
  })

  it('tells it in one event where it began after the signing', async () => {
    const { outcome, from } = await outcomeOf([issued])
    assert.equal(outcome.kind, 'issued')
    assert.deepEqual(from, [])
  })

  for (const { title, early, from } of [
    { title: 'ends', early: ['end'], from: '1' },
    { title: 'ends after an approval', early: [present(), approved, 'end'], from: '2' },
    { title: 'is refused', early: [new CertletError('FORBIDDEN', 'no')], from: '1' },
    { title: 'breaks', early: [present(), new CertletError('API_UNREACHABLE', 'no')], from: '1' },
    {
      title: 'tells of an earlier object of the name',
      early: [present({ uid: 'u0', conditions: [approval], certificate: 'old', resourceVersion: '0' }), issued],
      from: '1',
    },
    { title: 'tells that some object of the name was deleted', early: [deleted, issued], from: '1' },
    { title: 'is deleted from under, after an approval', early: [approved, deleted], from: '2' },
  ] satisfies { title: string; early: Told[]; from: string }[]) {
    it(`that ${title} is followed by an ordinary one, from what was seen`, async () => {
      const seen = await outcomeOf(early)
      assert.deepEqual(seen.outcome, { kind: 'issued', certificate: 'c' })
      assert.deepEqual(seen.from, [from])
      assert.ok(seen.state.ended, 'it is not left open')
      assert.equal(seen.ms, 0)
    })
  }

  it('whose object is deleted leaves it to the ordinary one to say so', async () => {
    const { outcome } = await outcomeOf([present(), deleted], [deleted])
    assert.deepEqual(outcome, { kind: 'gone' })
  })

  it('tells of a denial', async () => {
    const denied = present({ conditions: [{ type: 'Denied', reason: 'R', message: 'M' }] })
    assert.deepEqual((await outcomeOf([denied])).outcome, { kind: 'denied', reason: 'R', message: 'M' })
  })

  it('that does not tell of the object within 5 s of its creation is given up', async () => {
    const { outcome, from, state, ms } = await outcomeOf([])
    assert.equal(outcome.kind, 'issued')
    assert.deepEqual(from, ['1'])
    assert.equal(ms, 5_000)
    assert.ok(state.ended)
  })

  it('that has told of the object is not given up, however long that is ago', async () => {
    const clock = simulatedClock()
    const { state, watch } = watchTelling(present())
    using early = watchEarly(watch, { clock, signal })
    const states = early.states(pending)[Symbol.asyncIterator]()
    assert.equal((await states.next()).done, false)
    const next = states.next()
    await clock.pass(3_600_000)
    assert.equal(state.ended, false)
    early[Symbol.dispose]()
    assert.equal((await next).done, true)
  })

  it('is ended when nobody wants it, with what it has told and with nothing', async () => {
    for (const told of [[present()], []]) {
      const { state, watch } = watchTelling(...told)
      const early = watchEarly(watch, { clock: simulatedClock(), signal })
      await settle()
      early[Symbol.dispose]()
      await settle()
      assert.ok(state.ended)
    }
  })

  it('that fails while the answer of the POST is waited for disturbs nobody', async () => {
    const { state, watch } = watchTelling(new CertletError('API_UNREACHABLE', 'no'))
    using unhandled = unhandledRejections()
    using _early = watchEarly(watch, { clock: simulatedClock(), signal })
    await settle()
    await settle()
    assert.ok(state.ended)
    assert.deepEqual(unhandled.reasons, [])
  })

  it('rejects with the reason of the signal', async () => {
    const stop = new AbortController()
    const { watch } = watchTelling(present())
    using early = watchEarly(watch, { clock: simulatedClock(), signal: stop.signal })
    const waiting = waitForOutcome(signingRequestFake(), pending, {
      signal: stop.signal,
      early,
      onVerdict: () => undefined,
    })
    await settle()
    const reason = new Error('enough')
    stop.abort(reason)
    await assert.rejects(waiting, (error) => error === reason)
  })
})
