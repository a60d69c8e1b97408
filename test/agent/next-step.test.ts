import assert from 'node:assert/strict'
import { nextStep, type Finding } from '../../src/agent/next-step.ts'

describe('next step', () => {
  const usable: Finding = { kind: 'usable' }
  const absent: Finding = { kind: 'absent' }
  const unusable: Finding = { kind: 'unusable', why: 'expired' }
  for (const [title, kubeconfig, current, bootstrap, leftovers, want] of [
    ['keeps what is usable', usable, usable, true, false, 'keep'],
    ['finishes while something is left over', usable, usable, true, true, 'finish'],
    ['finishes with a pair that no kubeconfig names', absent, usable, true, false, 'finish'],
    ['requests where there is nothing', absent, absent, true, false, 'request'],
    ['requests in place of what cannot be used', unusable, unusable, true, false, 'request'],
    ['gives up with nothing to ask with', absent, absent, false, false, 'give-up'],
  ] as const) {
    it(title, () => {
      assert.equal(
        nextStep({ kubeconfig, current, bootstrap, leftovers, standing: { kind: 'unasked' }, now: new Date(0) }).do,
        want,
      )
    })
  }
})
