import assert from 'node:assert/strict'
import { nextStep, type Finding, type Situation } from '../../src/agent/next-step.ts'

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

describe('next step of a daemon', () => {
  const now = new Date(1000)
  const later = new Date(2000)
  const usable: Finding = { kind: 'usable' }
  const well: Situation = {
    kubeconfig: usable,
    current: usable,
    bootstrap: false,
    leftovers: false,
    standing: { kind: 'accepted' },
    rotation: { due: later },
    now,
  }
  const refused = { kind: 'refused', why: '401' } as const
  const unusable = { kind: 'unusable', why: 'expired' } as const
  const { rotation: _, ...withoutPair } = well
  for (const [title, situation, want] of [
    ['keeps what is accepted until it is due', well, { do: 'keep', until: later }],
    ['asks first whether it is accepted', { ...well, standing: { kind: 'unasked' } }, { do: 'finish' }],
    ['rotates when it is due', { ...well, rotation: { due: now } }, { do: 'rotate' }],
    ['rotates when somebody asks', { ...well, rotation: { due: later, because: 'asked' } }, { do: 'rotate' }],
    [
      'asks whether it is accepted before it rotates with it',
      { ...well, standing: { kind: 'unasked' }, rotation: { due: now } },
      { do: 'finish' },
    ],
    [
      'looks at a new bootstrap file before it rotates',
      { ...well, leftovers: true, rotation: { due: now } },
      { do: 'finish' },
    ],
    ['requests in place of what is refused', { ...well, standing: refused, bootstrap: true }, { do: 'request' }],
    ['waits for a human where it is refused without a token', { ...well, standing: refused }, { do: 'give-up' }],
    [
      'requests in place of an expired one, whatever was heard of it',
      { ...withoutPair, kubeconfig: unusable, current: unusable, bootstrap: true },
      { do: 'request' },
    ],
    [
      'finishes with a sound pair where the kubeconfig is damaged',
      { ...well, kubeconfig: unusable, bootstrap: true },
      { do: 'finish' },
    ],
  ] as const satisfies readonly (readonly [string, Situation, object])[]) {
    it(title, () => {
      assert.partialDeepStrictEqual(nextStep(situation), want)
    })
  }
})
