import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createPrivateKey } from 'node:crypto'
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

/** What a daemon left behind that was ended by a signal. */
interface Left {
  /** Files in the folder where it stood, by name. */
  readonly files: ReadonlyMap<string, Buffer>
  /** What was secret in its memory, by what it is. */
  readonly secrets: Readonly<Record<string, Buffer | string>>
}

async function leftBy(signal: NodeJS.Signals, limit: string): Promise<Left> {
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
    const pem = readFileSync(node.path('pki/kubelet-client-current.pem'), 'utf8')
    const key = createPrivateKey(pem.slice(pem.lastIndexOf('-----BEGIN')))
    return {
      files: new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])),
      secrets: {
        'the token': node.lab.token.slice(7),
        'the key as PEM': /PRIVATE KEY-----\n(.+)\n/.exec(pem)?.[1] ?? '',
        'the number of the key': Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'),
      },
    }
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
      assert.deepEqual([...(await leftBy(signal, '0')).files.keys()], [])
    }).timeout(60_000)
  }

  it('leaves one without the limit, in which there is no token and no key', async function () {
    const { files, secrets } = await leftBy('SIGABRT', '$(ulimit -H -c)')
    const [one, ...more] = files
    if (one === undefined) {
      console.log('      skipped: the hard limit of core files is too low here')
      this.skip()
    }
    assert.match(one[0], /^core/)
    assert.deepEqual(more, [])
    for (const [what, bytes] of Object.entries(secrets)) assert.ok(!one[1].includes(bytes), `${what} is in it`)
  }).timeout(60_000)
})
