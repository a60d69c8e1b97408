import assert from 'node:assert/strict'
import { nextServingStep, type ServingSituation } from '../../src/agent/next-serving-step.ts'

describe('next step of the serving credential', () => {
  const now = new Date(1000)
  const well: ServingSituation = {
    current: { kind: 'usable' },
    missing: [],
    stale: [],
    dropStale: false,
    rotation: { due: new Date(2000) },
    now,
  }
  for (const [title, but, want] of [
    ['keeps what is well', {}, 'keep'],
    ['requests where there is none', { current: { kind: 'absent' } }, 'request'],
    ['requests in place of what cannot be used', { current: { kind: 'unusable', why: 'expired' } }, 'request'],
    ['requests for a missing name', { missing: ['n1'] }, 'request'],
    ['keeps a stale name', { stale: ['n1'] }, 'keep'],
    ['drops a stale name when told to', { stale: ['n1'], dropStale: true }, 'request'],
    ['requests when it is due', { rotation: { due: now } }, 'request'],
    ['requests when it is asked to', { rotation: { due: new Date(2000), because: 'asked' } }, 'request'],
  ] as const) {
    it(title, () => {
      assert.equal(nextServingStep({ ...well, ...but }).do, want)
    })
  }
})
