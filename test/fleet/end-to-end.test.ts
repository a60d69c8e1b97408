import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { readRunRecord } from '../../src/fleet/run-record.ts'
import { certlet, csrs, hasTerminals, sandbox, start, startOnTerminal, until } from '../support/command.ts'
import { inProcess } from '../support/in-process.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('certlet fleet', () => {
  const folder = temporaryFolder()
  const quick = ['fleet', '--ramp', '0', '--log-level', 'error']

  for (const connections of ['own', 'shared']) {
    it(`lets nodes join a lab of its own, with serving certificates and one renewal each, by ${connections} connections`, async () => {
      const out = folder.file('run.json')
      const flags = ['--nodes', '12', '--serving', '--rotate-every', '50ms', '--connections', connections, '--out', out]
      const run = await certlet([...quick, ...flags])
      assert.equal(run.code, 0, run.stderr)
      assert.match(run.stdout, /joined +12 of 12 nodes/)
      const record = readRunRecord(readFileSync(out, 'utf8'), out)
      assert.deepEqual(record.certificates, { client: 12, serving: 12, rotation: 12 })
      assert.deepEqual(record.nodes, { planned: 12, started: 12, joined: 12, failed: 0 })
      assert.deepEqual(record.errors, [])
      assert.equal(record.settings.connections, connections)
    })
  }

  it('joins a cluster with its bootstrap kubeconfig, and says what it may not delete', async () => {
    await using cluster = await sandbox()
    const run = await certlet([...quick, '--nodes', '3', '--bootstrap-kubeconfig', cluster.path('bootstrap.conf')])
    assert.equal(run.code, 0, run.stderr)
    const [, selector] = /3 requests are left[^]*kubectl delete csr -l (certlet-fleet=\w+)/.exec(run.stdout) ?? []
    assert.ok(selector !== undefined, run.stdout)
    const { body } = await cluster.lab.admin(
      'GET',
      `/apis/certificates.k8s.io/v1/certificatesigningrequests?labelSelector=${selector}`,
    )
    assert.equal((body as { items: unknown[] }).items.length, 3)
  })

  it('makes a token for the run as an administrator, and leaves neither it nor a request behind', async () => {
    await using cluster = await sandbox()
    writeFileSync(cluster.path('admin.conf'), cluster.lab.adminKubeconfig(), { mode: 0o600 })
    const run = await certlet([...quick, '--nodes', '3', '--kubeconfig', cluster.path('admin.conf')])
    assert.equal(run.code, 0, run.stderr)
    assert.deepEqual(await csrs(cluster.lab), [])
    const { body } = await cluster.lab.admin('GET', '/api/v1/namespaces/kube-system/secrets')
    const { items } = body as { items: { metadata: { name: string } }[] }
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('bootstrap-token-')),
      [`bootstrap-token-${cluster.lab.token.slice(0, 6)}`],
    )
  })

  it('ends on SIGINT with what it has, and cleans up', async () => {
    await using cluster = await sandbox({ approve: 'manual' })
    writeFileSync(cluster.path('admin.conf'), cluster.lab.adminKubeconfig(), { mode: 0o600 })
    const flags = ['--nodes', '20', '--concurrency', '5', '--kubeconfig', cluster.path('admin.conf')]
    const out = folder.file('run.json')
    await using running = start([...quick, ...flags, '--out', out])
    await until(async () => (await csrs(cluster.lab)).length === 5, 'five requests')
    running.child.kill('SIGINT')
    const run = await running.done
    assert.equal(run.code, 130, run.stderr)
    assert.match(run.stdout, /joined +0 of 20 nodes/)
    assert.match(run.stdout, /15 nodes never began/)
    const record = readRunRecord(readFileSync(out, 'utf8'), out)
    assert.equal(record.interrupted, true)
    assert.equal(record.nodes.started, 5)
    assert.deepEqual(await csrs(cluster.lab), [])
  })

  it('leaves no lab running when it is killed', async function () {
    if (process.platform !== 'linux') this.skip() // children are found in /proc
    await using running = start([...quick, '--nodes', '1', '--lab-flags=--approve none'])
    let lab: number | undefined
    await until(() => {
      lab = childOf(running.child.pid)
      return Promise.resolve(lab !== undefined)
    }, 'a lab')
    running.child.kill('SIGKILL')
    await running.done
    await until(() => Promise.resolve(statusOf(lab) === undefined), 'the end of the lab')
  })

  it('shows on a terminal how it goes, in one line of its width, and then what came of it', async function () {
    if (!hasTerminals()) {
      console.log('      skipped: there is no `script` here (util-linux)')
      this.skip()
    }
    const args = ['fleet', '--nodes', '30', '--ramp', '500ms', '--connections', 'shared']
    await using shown = startOnTerminal(args, { columns: 80 })
    const { code, stdout } = await shown.done
    assert.equal(code, 0, stdout)
    const lines = stripVTControlCharacters(stdout).split(/[\r\n]+/)
    assert.match(stripVTControlCharacters(stdout), /░ 0\/30 joined {2}\d+ in flight {2}\d+\.\d\/s {2}p50 \S+ {2}p99 /)
    assert.ok(lines.some((line) => /^joined +30 of 30 nodes/.test(line)))
  })

  it('counts errors by kind, and exits with 4 when not all have joined', async () => {
    await using cluster = await sandbox({ approve: 'deny' })
    const run = await certlet([
      ...[...quick, '--nodes', '4', '--bootstrap-kubeconfig', cluster.path('bootstrap.conf')],
      ...['-o', 'json', '--connections', 'shared'],
    ])
    assert.equal(run.code, 4, run.stderr)
    const record = readRunRecord(run.stdout, 'standard output')
    assert.deepEqual(
      record.errors.map(({ code, attempts, failed }) => ({ code, attempts, failed })),
      [{ code: 'CSR_DENIED', attempts: 0, failed: 4 }],
    )
    assert.deepEqual(record.nodes, { planned: 4, started: 4, joined: 0, failed: 4 })
  })

  it('gives up on a node when its time is up', async () => {
    const flags = ['--nodes', '2', '--timeout', '300ms', '--lab-flags=--approve none', '-o', 'json']
    const run = await certlet([...quick, ...flags])
    assert.equal(run.code, 4, run.stderr)
    const [error] = readRunRecord(run.stdout, 'standard output').errors
    assert.deepEqual([error?.code, error?.failed], ['CSR_PENDING', 2])
  })

  it('tells a token that is not accepted once, before the first node', async () => {
    await using cluster = await sandbox()
    await cluster.lab.admin(
      'DELETE',
      `/api/v1/namespaces/kube-system/secrets/bootstrap-token-${cluster.lab.token.slice(0, 6)}`,
    )
    for (const connections of ['own', 'shared']) {
      const run = await certlet([
        ...[...quick, '--nodes', '4', '--bootstrap-kubeconfig', cluster.path('bootstrap.conf')],
        ...['--connections', connections],
      ])
      assert.equal(run.code, 6, run.stderr)
      assert.equal(run.stdout, '')
    }
  })

  for (const { flags, says } of [
    { flags: ['--nodes', '0'], says: /--nodes must be/ },
    { flags: ['--shard', '4/4'], says: /--shard must be INDEX\/COUNT/ },
    { flags: ['--duration', '5s'], says: /--rotate-every is not given/ },
    { flags: ['--start-at', 'noon'], says: /--start-at "noon" is not a moment/ },
    { flags: ['--start-at', '2026-11-26T18:00:00'], says: /is not a moment/ },
    { flags: ['--name-prefix', 'Über'], says: /Cannot use "über100" as node name/ },
    { flags: ['--lab-flags=--sign perhaps'], says: /Cannot start a lab/ },
    { flags: ['--ramp', 'slowly'], says: /--ramp "slowly" is not a duration/ },
  ]) {
    it(`refuses ${flags.join(' ')} with exit code 2`, async () => {
      const { code, text } = await inProcess(['fleet', ...flags]).done
      assert.equal(code, 2, text)
      assert.match(text, says)
    })
  }
})

/** State and parent of a process; undefined where there is none, or one whose end nobody has asked for yet. Source: proc_pid_stat(5). */
function statusOf(pid: number | undefined): { parent: number } | undefined {
  try {
    const [, state, parent] = /\) (\w) (\d+) /.exec(readFileSync(`/proc/${String(pid)}/stat`, 'utf8')) ?? []
    return state === 'Z' ? undefined : { parent: Number(parent) }
  } catch {
    return undefined
  }
}

function childOf(parent: number | undefined): number | undefined {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.find((pid) => statusOf(pid)?.parent === parent)
}
