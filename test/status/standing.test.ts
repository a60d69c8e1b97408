import assert from 'node:assert/strict'
import {
  checkExitCode,
  inventoryStandings,
  monitoringVerdict,
  nodeStandings,
  type Standing,
} from '../../src/status/standing.ts'
import type { CredentialStatus, NodeStatus } from '../../src/status/status.ts'
import { agentReport, credentialReport, NOON, waitingReport } from '../support/report.ts'

const certificate = credentialReport().certificate as NonNullable<CredentialStatus['certificate']>
const usable: NodeStatus = {
  nodeName: 'n1',
  kubeconfig: { worth: 'usable', path: '/k' },
  client: { purpose: 'client', worth: 'usable', path: '/c', certificate },
  daemon: { state: 'none' },
}
const hours = (count: number): { ms: number } => ({ ms: count * 3_600_000 })
const standing = (state: Standing['state']): Standing => ({ name: state, state, why: '' })

describe('the standing of a node’s credentials', () => {
  const states = (status: NodeStatus, margin?: { ms: number }, now = NOON): string[] =>
    nodeStandings(status, { now, margin }).map(({ name, state }) => `${name} ${state}`)

  it('goes by the time of rotation', () => {
    assert.deepEqual(states(usable), ['kubeconfig fine', 'client fine'])
    assert.deepEqual(states(usable, undefined, certificate.rotateAt), ['kubeconfig fine', 'client due'])
  })

  it('goes by --expires-within where that is given', () => {
    assert.deepEqual(states(usable, hours(23)), ['kubeconfig fine', 'client fine'])
    assert.deepEqual(states(usable, hours(24)), ['kubeconfig fine', 'client due'])
    assert.deepEqual(states(usable, hours(1), certificate.rotateAt), ['kubeconfig fine', 'client fine'])
  })

  it('is unusable when the API server refuses what is in date', () => {
    const waiting = { reason: 'credential-refused', sentence: '401', since: NOON } as const
    const report = agentReport({ client: waitingReport({ waiting }) })
    assert.deepEqual(states({ ...usable, daemon: { state: 'running', report } }), [
      'kubeconfig fine',
      'client unusable',
    ])
  })

  it('has the serving credential where one is wanted', () => {
    const serving: CredentialStatus = { purpose: 'serving', worth: 'absent', path: '/s' }
    assert.deepEqual(states({ ...usable, serving }).at(-1), 'serving missing')
  })
})

describe('the standing of what stands at some paths', () => {
  it('leaves out what was left out, and is missing where there is nothing', () => {
    const nothing = { certificates: [], keys: [], others: [] }
    const states = (kind: 'left out' | 'missing' | 'broken' | 'unreadable'): string[] =>
      inventoryStandings({ ...nothing, remarks: [{ path: '/x', kind, why: '' }] }).map(({ state }) => state)
    assert.deepEqual(states('left out'), ['missing'])
    assert.deepEqual(states('missing'), ['missing'])
    assert.deepEqual(states('broken'), ['unusable'])
    assert.deepEqual(states('unreadable'), ['unknown'])
  })
})

describe('exit codes for those who only ask', () => {
  for (const { states, check, monitoring } of [
    { states: ['fine'], check: 1, monitoring: 0 },
    { states: ['fine', 'due'], check: 0, monitoring: 1 },
    { states: ['unusable', 'fine'], check: 0, monitoring: 2 },
    { states: ['missing', 'fine'], check: 2, monitoring: 2 },
    { states: ['missing', 'due'], check: 0, monitoring: 2 },
    { states: ['unknown', 'due'], check: 0, monitoring: 3 },
    { states: ['unknown', 'fine'], check: 255, monitoring: 3 },
    { states: ['unknown', 'missing'], check: 255, monitoring: 2 },
  ] as const)
    it(`are ${check} (ExecCondition=) and ${monitoring} (monitoring) for ${states.join(' and ')}`, () => {
      assert.equal(checkExitCode(states.map(standing)), check)
      assert.equal(monitoringVerdict(states.map(standing)).code, monitoring)
    })
})
