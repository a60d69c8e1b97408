import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import { systemClock } from '../../src/clock.ts'
import { startLab } from '../../src/lab/index.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import { approvalRight } from '../../src/agent/waiting.ts'
import { reviews } from '../../src/kube/reviews.ts'
import { signingRequests } from '../../src/kube/signing-requests.ts'
import { nockInside } from '../support/nock.ts'
import { nockLab } from '../support/nock-lab.ts'

describe('the lab behind nock', () => {
  const nock = nockInside()

  it('answers by the same routes as over HTTPS', async () => {
    await using lab = await startLab({ approve: 'none' })
    nockLab(nock('https://lab.example'), lab)
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server: 'https://lab.example', skipTLSVerify: false },
      { name: 'u', token: lab.token },
    )
    using connection = connectionTo(kubeConfig, { clock: systemClock, random: () => 0, onProblem: () => undefined })
    const { signal } = new AbortController()
    assert.equal((await reviews(connection).whoAmI(signal))?.username, `system:bootstrap:${lab.token.slice(0, 6)}`)
    assert.equal(await reviews(connection).may(approvalRight().right, signal), true)
    const api = signingRequests(connection)
    assert.equal(await api.read('none', signal), undefined)
    const bad = { name: 'one', signerName: 'kubernetes.io/kubelet-serving', request: 'no PEM', usages: ['server auth'] }
    await assert.rejects(api.create(bad, signal), { code: 'REQUEST_INVALID' })
  })
})
