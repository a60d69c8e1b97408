import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { labIn, send } from '../../support/lab-client.ts'
import { start, until, secret } from '../../support/command.ts'
import { CSRS, csrWhen, isIssued, kubeletRequest } from '../../support/lab-requests.ts'

const revisionOf = async (lab: Lab): Promise<number> =>
  Number(((await lab.admin('GET', CSRS)).body as { metadata: { resourceVersion: string } }).metadata.resourceVersion)

describe('a lab with a state folder', () => {
  const folder = temporaryFolder()

  it('goes on with CA, token, objects and revision', async () => {
    const stateDir = folder.file('state')
    let before: { caPem: string; token: string; csr: unknown; revision: number }
    {
      await using lab = await startLab({ stateDir })
      await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
      await csrWhen(lab, 'one', isIssued)
      await lab.admin('POST', '/api/v1/nodes', { metadata: { name: 'gone' } })
      await lab.admin('DELETE', '/api/v1/nodes/gone')
      const { body: csr } = await lab.admin('GET', `${CSRS}/one`)
      before = { caPem: lab.caPem, token: lab.token, csr, revision: await revisionOf(lab) }
    }
    await using lab = await startLab({ stateDir })
    assert.equal(lab.caPem, before.caPem)
    assert.equal(lab.token, before.token)
    assert.deepEqual((await lab.admin('GET', `${CSRS}/one`)).body, before.csr)
    assert.equal((await lab.admin('GET', '/api/v1/nodes/gone')).status, 404)
    assert.ok((await revisionOf(lab)) >= before.revision)
    assert.equal((await send(lab, 'GET', CSRS)).status, 200, 'the token still opens')
    const info = await lab.admin('GET', '/api/v1/namespaces/kube-public/configmaps/cluster-info')
    assert.ok(JSON.stringify(info.body).includes(lab.url), 'cluster-info tells the new address')
  })

  it('tells watches from before that their revision is gone, and goes on with those from now', async () => {
    const stateDir = folder.file('state')
    let revision: number
    {
      await using lab = await startLab({ stateDir, approve: 'none' })
      revision = await revisionOf(lab)
      await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    }
    await using lab = await startLab({ stateDir, approve: 'none' })
    const watch = (after: number) => send(lab, 'GET', `${CSRS}?watch=true&timeoutSeconds=1&resourceVersion=${after}`)
    assert.match((await watch(revision)).text, /"code":410/)
    const now = await revisionOf(lab)
    const watching = watch(now)
    await until(() => lab.requests.some(({ verb, path }) => verb === 'watch' && path.endsWith(`=${now}`)), 'the watch')
    await lab.admin('POST', CSRS, await kubeletRequest('two', 'n2'))
    assert.match((await watching).text, /"ADDED".+"name":"two"/)
  })

  it('makes a token anew that has been deleted or has expired meanwhile', async () => {
    const stateDir = folder.file('state')
    let token: string
    {
      await using lab = await startLab({ stateDir })
      ;({ token } = lab)
      const path = `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${token.slice(0, 6)}`
      assert.equal((await lab.admin('DELETE', path)).status, 200)
    }
    await using lab = await startLab({ stateDir })
    assert.equal(lab.token, token)
    assert.equal((await send(lab, 'GET', CSRS)).status, 200)
  })

  it('forgets its objects in a restart that loses them, for good', async () => {
    const stateDir = folder.file('state')
    {
      await using lab = await startLab({ stateDir, approve: 'none' })
      await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
      await lab.restart({ state: 'lose' })
    }
    await using lab = await startLab({ stateDir })
    assert.equal((await lab.admin('GET', `${CSRS}/one`)).status, 404)
  })

  it('can be read by its owner alone, and by one lab at a time', async () => {
    const stateDir = folder.file('state')
    await using lab = await startLab({ stateDir })
    assert.equal(statSync(stateDir).mode & 0o777, 0o700)
    for (const name of readdirSync(stateDir).filter((one) => one !== 'pki')) {
      assert.equal(statSync(`${stateDir}/${name}`).mode & 0o777, 0o600, name)
    }
    await assert.rejects(startLab({ stateDir }), { name: 'TypeError', message: /another lab is at work on it$/ })
    assert.equal((await lab.admin('GET', '/version')).status, 200)
  })

  it('does not touch a folder that holds something else', async () => {
    writeFileSync(folder.file('lab.db'), 'a text that is long enough to be no database at all'.repeat(20))
    await assert.rejects(startLab({ stateDir: folder.path }), /lab\.db: it is not the state of a lab: /)
    assert.match(readFileSync(folder.file('lab.db'), 'utf8'), /^a text/)
  })

  it('has after a kill everything that was acknowledged', async () => {
    const dir = folder.file('conf')
    const args = ['lab', '--dir', dir, '--state-dir', folder.file('state'), '--approve', 'none']
    secret('markd0.0123456789abcdef')
    await using first = start([...args, '--token', 'markd0.0123456789abcdef'])
    let shown = ''
    first.child.stdout?.on('data', (text: string) => (shown += text))
    await until(() => shown.includes('get csr'), 'the lab')
    const running = labIn(readFileSync(`${dir}/bootstrap-kubelet.conf`, 'utf8'))
    const body = await kubeletRequest('x', 'n1')
    let acknowledged = 0
    const sending = (async () => {
      for (;;) {
        const named = { ...body, metadata: { name: `r${acknowledged}` } }
        if ((await send(running, 'POST', CSRS, { body: named })).status !== 201) return
        if (++acknowledged === 20) first.child.kill('SIGKILL')
      }
    })()
    await assert.rejects(sending)
    await first.done
    await using lab = await startLab({ stateDir: folder.file('state'), approve: 'none' })
    const { items } = (await lab.admin('GET', CSRS)).body as { items: unknown[] }
    assert.ok(items.length >= acknowledged && items.length <= acknowledged + 1, `${items.length} of ${acknowledged}`)
    assert.equal(lab.token, 'markd0.0123456789abcdef')
  })
})
