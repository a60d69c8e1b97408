import assert from 'node:assert/strict'
import { csrs, sandbox, start, until } from '../../support/command.ts'
import { kubectlOn, needsKubectl } from '../../support/kubectl.ts'

describe('a bootstrap that waits for kubectl', function () {
  this.timeout(30_000)
  before(needsKubectl)

  for (const { verb, code, says } of [
    { verb: 'approve', code: 0, says: /approved/ },
    { verb: 'deny', code: 3, says: /denied/ },
  ]) {
    it(`ends with ${code} after certificate ${verb}`, async () => {
      await using node = await sandbox({ approve: 'manual' })
      await using kubectl = kubectlOn(node.lab)
      await using running = start(node.flags())
      await until(async () => (await csrs(node.lab)).length === 1, 'the request')
      const name = (await csrs(node.lab))[0]?.metadata.name ?? ''
      await kubectl.rows(
        { line: `get csr ${name}`, prints: /system:bootstrap:\w{6} +<none> +Pending\n$/ },
        { line: `certificate ${verb} ${name}`, prints: says },
      )
      assert.equal((await running.done).code, code)
      if (code !== 0) return
      const whoami = await kubectl.run('auth whoami', { KUBECONFIG: node.path('kubelet.conf') })
      assert.match(whoami.stdout, /\nUsername +system:node:n1\n/)
    })
  }
})
