import assert from 'node:assert/strict'
import { startLab } from '../../../src/lab/index.ts'
import { until } from '../../support/command.ts'
import { send } from '../../support/lab-client.ts'
import { CSRS } from '../../support/lab-requests.ts'
import { steppedClock } from '../../support/stepped-clock.ts'

describe('a watch with timeoutSeconds', () => {
  it('ends in good order when that time is over by the lab’s clock', async () => {
    const clock = steppedClock(new Date())
    await using lab = await startLab({ clock })
    const state = { ended: false }
    const watch = send(lab, 'GET', `${CSRS}?watch=true&timeoutSeconds=300`).finally(() => (state.ended = true))
    await until(() => lab.requests.some(({ verb }) => verb === 'watch'), 'the watch')
    clock.advance(299_000)
    await send(lab, 'GET', '/version')
    assert.ok(!state.ended)
    clock.advance(1_000)
    assert.equal((await watch).status, 200)
  })
})
