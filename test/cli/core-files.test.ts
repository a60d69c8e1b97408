import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sandbox, start, until } from '../support/command.ts'

const PATTERN = '/proc/sys/kernel/core_pattern'

/** Why no core file can be looked for here; undefined where one can. */
function whyNot(): string | undefined {
  if (!existsSync(PATTERN)) return 'core files are told by Linux alone where they go'
  const pattern = readFileSync(PATTERN, 'utf8').trim()
  return /^[|/]/.test(pattern)
    ? `core files go elsewhere here: ${PATTERN} is "${pattern}", and would have to be "core"`
    : undefined
}

/** Names of what is left in the folder where the daemon stood when it was ended by the signal. */
async function leftBy(signal: NodeJS.Signals, limit: string): Promise<string[]> {
  await using node = await sandbox()
  const folder = mkdtempSync(join(tmpdir(), 'certlet-test-'))
  try {
    const [, ...flags] = node.flags()
    const by = ['sh', '-c', `cd "$0" && ulimit -c ${limit} && exec "$@"`, folder]
    await using daemon = start(['run', ...flags], {}, { by })
    await until(() => existsSync(node.path('pki/kubelet-client-current.pem')), 'a credential')
    daemon.child.kill(signal)
    if (daemon.child.signalCode === null) await once(daemon.child, 'exit')
    assert.equal(daemon.child.signalCode, signal)
    return readdirSync(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('a daemon that crashes while it has its key', () => {
  before(function () {
    const why = whyNot()
    if (why === undefined) return
    console.log(`      skipped: ${why}`)
    this.skip()
  })

  for (const signal of ['SIGABRT', 'SIGSEGV'] as const) {
    it(`leaves no core file after ${signal} under the limit that the units set`, async () => {
      assert.deepEqual(await leftBy(signal, '0'), [])
    }).timeout(60_000)
  }

  it('would leave one without the limit', async function () {
    const [one, ...more] = await leftBy('SIGABRT', '$(ulimit -H -c)')
    if (one === undefined) {
      console.log('      skipped: the hard limit of core files is too low here')
      this.skip()
    }
    assert.match(one, /^core/)
    assert.deepEqual(more, [])
  }).timeout(60_000)
})
