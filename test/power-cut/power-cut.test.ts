import assert from 'node:assert/strict'
import { PENDING, type Scenario, scenarios } from '../crash/scenario.ts'
import { imageAfter } from './after-a-cut.ts'
import { record, type ServerSide } from './cut.ts'
import { describeOperation, type Recorded } from './recording-disk.ts'

describe('a power cut', () => {
  for (const scenario of scenarios) {
    it(`at any moment of: ${scenario.name}, with what was not synced lost, torn or in another order, costs nothing`, async () => {
      await using recording = await record(scenario)
      const { operations, reference } = recording
      const states = recording.statesOf(operations)
      const whole = imageAfter(reference.before, operations, [])
      assert.deepEqual([...whole.keys()].sort(), [...reference.after.keys()].sort(), 'the record tells what was done')
      for (const [name, entry] of reference.after) assert.deepEqual(whole.get(name), entry, name)
      assert.ok(states.length > operations.length / 2, `${states.length} states of ${operations.length} operations`)
      for (const state of states) {
        const at = operations[state.operations - 1]
        assert.deepEqual(await recording.startFrom(state), [], `after ${at ? describeOperation(at) : 'nothing'}`)
      }
    }).timeout(120_000)
  }

  const [bootstrap] = scenarios
  assert.ok(bootstrap)

  /** Whether a fault comes to light where the operations of a bootstrap on its disk are others. */
  async function isFound(
    fault: string,
    other: (operations: readonly Recorded<ServerSide>[]) => readonly Recorded<ServerSide>[],
  ): Promise<boolean> {
    await using recording = await record(bootstrap as Scenario)
    const operations = other(recording.operations)
    assert.notDeepEqual(operations, recording.operations)
    for (const state of recording.statesOf(operations)) {
      if ((await recording.startFrom(state)).includes(fault)) return true
    }
    return false
  }

  it('would be found to break the pair if it were not synced before the link leads to it', async () => {
    const found = await isFound('the pair in use is broken', (operations) => {
      const pair = operations.find((one) => one.do === 'create' && one.path.includes('kubelet-client-2'))
      assert.ok(pair?.do === 'create')
      return operations.filter((one) => one.do !== 'sync file' || one.file !== pair.file)
    })
    assert.ok(found)
  }).timeout(60_000)

  it('would be found to make a second request if the pending key were not durable before the first', async () => {
    const found = await isFound('2 requests', (operations) => {
      const switched = operations.findIndex((one) => one.do === 'rename' && one.to === PENDING.client)
      assert.equal(operations[switched + 1]?.do, 'sync folder')
      return operations.toSpliced(switched + 1, 1)
    })
    assert.ok(found)
  }).timeout(60_000)

  it('would be found to cost the token if that were removed before the proof', async () => {
    const found = await isFound('the token is gone, and nothing was proven', (operations) => {
      const removed = operations.findIndex((one) => one.do === 'remove' && one.path === 'etc/bootstrap.conf')
      const [first] = operations
      const removal = operations[removed]
      assert.ok(first && removal)
      return [{ ...removal, context: first.context }, ...operations.toSpliced(removed, 1)]
    })
    assert.ok(found)
  }).timeout(60_000)
})
