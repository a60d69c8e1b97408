import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { csrs, sandbox, type Sandbox, start, until } from '../support/command.ts'

const flags = (node: Sandbox, ...more: string[]): string[] => ['run', ...node.flags(...more).slice(1)]
const pairs = (node: Sandbox): number =>
  existsSync(node.path('pki'))
    ? readdirSync(node.path('pki')).filter((name) => /^kubelet-client-\d/.test(name)).length
    : 0

describe('certlet run', () => {
  it('bootstraps, rotates on SIGHUP, and ends within a second of SIGTERM with exit code 0', async () => {
    await using node = await sandbox()
    await using running = start(flags(node))
    await until(() => !existsSync(node.path('bootstrap.conf')), 'the end of the token')
    running.child.kill('SIGHUP')
    await until(() => pairs(node) === 2, 'the second pair')
    await until(() => !existsSync(node.path('pki/kubelet-client.key.tmp')), 'the end of the pending key')
    const asked = Date.now()
    running.child.kill('SIGTERM')
    const { code, stderr } = await running.done
    assert.equal(code, 0, stderr)
    assert.ok(Date.now() - asked < 1000)
    assert.match(stderr, /SIGHUP: rotating now/)
    assert.equal((await csrs(node.lab)).length, 2)
  })

  it('ends while it waits for an approver as well, and goes on with the same request', async () => {
    await using node = await sandbox({ approve: 'manual' })
    for (let run = 0; run < 2; run++) {
      const before = node.lab.requests.length
      await using running = start(flags(node))
      await until(() => node.lab.requests.slice(before).some(({ path }) => path.includes('watch=true')), 'the watch')
      running.child.kill('SIGTERM')
      assert.equal((await running.done).code, 0)
    }
    assert.equal((await csrs(node.lab)).length, 1)
  })

  it('takes up a bootstrap kubeconfig at once that appears later', async () => {
    await using node = await sandbox()
    const conf = readFileSync(node.path('bootstrap.conf'))
    rmSync(node.path('bootstrap.conf'))
    const { child, done } = start(flags(node))
    await until(() => existsSync(node.path('pki/certlet.sock')), 'the daemon')
    writeFileSync(node.path('bootstrap.conf'), conf, { mode: 0o600 })
    await until(() => existsSync(node.path('kubelet.conf')), 'the credential, sooner than anybody would look')
    await until(() => !existsSync(node.path('bootstrap.conf')), 'the end of the token')
    child.kill('SIGTERM')
    const { code, stderr } = await done
    assert.equal(code, 0, stderr)
    assert.match(stderr, /needs a bootstrap kubeconfig, and takes one up as soon as it is there/)
  })

  it('asks for a serving certificate with the Node’s new address as soon as the Node has it', async () => {
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }
    await using node = await sandbox({ approveServing: true, objects: [object] })
    const setAddress = async (address: string): Promise<void> => {
      const { body } = await node.lab.admin('GET', '/api/v1/nodes/n1')
      const changed = { ...(body as object), status: { addresses: [{ type: 'InternalIP', address }] } }
      assert.equal((await node.lab.admin('PUT', '/api/v1/nodes/n1/status', changed)).status, 200)
    }
    const has = (address: string): boolean => {
      const path = node.path('pki/kubelet-server-current.pem')
      return existsSync(path) && new X509Certificate(readFileSync(path)).checkIP(address) !== undefined
    }
    await setAddress('192.0.2.7')
    const { child, done } = start(flags(node, '--serving'))
    await until(() => has('192.0.2.7'), 'the first serving certificate')
    await setAddress('192.0.2.8')
    await until(() => has('192.0.2.8'), 'one with the new address')
    child.kill('SIGTERM')
    const { code, stderr } = await done
    assert.equal(code, 0, stderr)
    assert.match(stderr, /its names lack 192\.0\.2\.8/)
  })

  it('ends with exit code 8 where another certlet is at work', async () => {
    await using node = await sandbox({ approve: 'manual' })
    await using first = start(flags(node))
    await until(() => node.lab.requests.some(({ path }) => path.includes('watch=true')), 'the watch')
    assert.equal((await start(flags(node)).done).code, 8)
    first.child.kill('SIGTERM')
    await first.done
  })
})
