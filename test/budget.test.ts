import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import { requestBudget } from '../src/budget.ts'
import { connectWithin } from '../src/kube/connection.ts'
import { manualClock } from './support/manual-clock.ts'

describe('budget of calls', () => {
  it('lets a burst through, then one call in its share of a second', async () => {
    const clock = manualClock()
    const budget = requestBudget(clock, { perSecond: 5, burst: 10 })
    for (let call = 0; call < 10; call++) await budget.take()
    assert.deepEqual(clock.slept, [])
    for (let call = 0; call < 3; call++) await budget.take()
    assert.deepEqual(clock.slept, [200, 200, 200])
  })

  it('makes nobody wait for an old time when the clock is set back', async () => {
    let now = 1_000_000
    const slept: number[] = []
    const clock = {
      now: () => new Date(now),
      sleep: (ms: number) => {
        slept.push(ms)
        return Promise.resolve()
      },
    }
    const budget = requestBudget(clock, { perSecond: 1, burst: 1 })
    await budget.take()
    now = 0
    await budget.take()
    assert.deepEqual(slept, [])
  })

  it('is one for all connections that a process makes', async () => {
    const clock = manualClock()
    const connect = connectWithin(requestBudget(clock, { perSecond: 1, burst: 2 }))
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server: 'https://127.0.0.1:1', skipTLSVerify: true }, // nobody listens there
      { name: 'u' },
    )
    const call = async (): Promise<void> => {
      using connection = connect(kubeConfig, { clock, random: () => 0, onProblem: () => undefined })
      const { wire, server } = connection
      await assert.rejects(wire.open({ method: 'GET', url: server }), { code: 'API_UNREACHABLE' })
    }
    await call()
    await call()
    assert.deepEqual(clock.slept, [])
    await call()
    await call()
    assert.deepEqual(clock.slept, [1000, 1000])
  })
})
