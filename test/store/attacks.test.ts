import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'

import { serveControl } from '../../src/control/control-server.ts'
import { pinOf, pinText } from '../../src/discovery/ca-pins.ts'
import { createLog } from '../../src/log.ts'
import { copyTarget } from '../../src/service/copy-target.ts'
import { copies } from '../../src/service/copies.ts'
import { readPair } from '../../src/store/pair.ts'
import { makeDirectory, replaceFile } from '../../src/store/replace-file.ts'
import { sandbox, type Sandbox } from '../support/command.ts'
import { inProcess } from '../support/in-process.ts'
import { makePair } from '../support/pair.ts'
import { agentReport, credentialReport } from '../support/report.ts'

/** Another tenant of the machine. */
const NOBODY = 65_534

/** Runs a command line as nobody. */
function asNobody(...argv: readonly [string, ...string[]]): boolean {
  const [program, ...args] = argv
  return spawnSync(program, args, { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0
}

interface Writer {
  readonly file: string
  /** Writes it, as root. */
  readonly write: (node: Sandbox, field: (name: string) => string) => Promise<{ code: number; text: string }>
}

const bootstrap: Writer['write'] = (node, field) =>
  inProcess([
    ...['bootstrap', '--bootstrap-kubeconfig', node.path('bootstrap.conf'), '--kubeconfig', field('kubelet.conf')],
    ...['--cert-dir', field('.'), '--hostname-override', 'n1', '--timeout', '30s'],
  ]).done

const join: Writer['write'] = (node, field) =>
  inProcess([
    ...['join', node.lab.url.slice('https://'.length), '--token', node.lab.token, '--hostname-override', 'n1'],
    ...['--discovery-token-ca-cert-hash', pinText(pinOf(new X509Certificate(node.lab.caPem))), '--timeout', '30s'],
    ...['--bootstrap-kubeconfig', field('join.conf'), '--kubeconfig', node.path('kubelet.conf')],
    ...['--cert-dir', node.path('pki'), '--ca-cert', field('ca.crt')],
  ]).done

const token: Writer['write'] = (node, field) => {
  writeFileSync(node.path('admin.conf'), node.lab.adminKubeconfig(), { mode: 0o600 })
  const args = ['token', 'create', '--write-kubeconfig', field('token.conf'), '--kubeconfig', node.path('admin.conf')]
  return inProcess(args).done
}

const lab: Writer['write'] = async (_node, field) => {
  const running = inProcess(['lab', '--dir', field('.'), '--audit-log', field('audit.log')])
  running.stop()
  return running.done
}

const socket: Writer['write'] = async (_node, field) => {
  let text = ''
  const log = createLog((line) => (text += line), { format: 'text', least: 'info', now: () => new Date() })
  const agent = { report: () => agentReport(), rotate: () => Promise.reject(new Error('not asked')) }
  await using _server = await serveControl(agent, { certDir: field('.'), log, signal: new AbortController().signal })
  return { code: text === '' ? 0 : 7, text }
}

const copy: Writer['write'] = async (_node, field) => {
  let text = ''
  const log = createLog((line) => (text += line), { format: 'text', least: 'warn', now: () => new Date() })
  const made = await makePair()
  const pair = readPair(made.certificatePem + made.privateKeyPem)
  assert.ok(!('broken' in pair))
  const target = copyTarget(`client=${field('copy.pem')}:::0600`, { uid: 0, gid: 0 })
  const observer = copies([target], { readCurrent: () => ({ path: '/x', ...pair }), log })
  observer.changed(agentReport({ client: credentialReport({ ready: true }) }))
  return { code: text === '' ? 0 : 7, text }
}

/** The names that a pair of the next minute may have. */
const dated = (): string[] =>
  Array.from(
    { length: 60 },
    (_, s) => `kubelet-client-${new Date(Date.now() + s * 1000).toISOString().slice(0, 19).replace(/[T:]/g, '-')}.pem`,
  )

const writers: readonly Writer[] = [
  { file: 'kubelet.conf', write: bootstrap },
  { file: 'kubelet-client.key.tmp', write: bootstrap },
  { file: 'kubelet-client-current.pem', write: bootstrap },
  { file: 'kubelet-client-DATE.pem', write: bootstrap },
  { file: 'certlet.machine', write: bootstrap },
  { file: 'certlet.lock', write: bootstrap },
  { file: 'join.conf', write: join },
  { file: 'ca.crt', write: join },
  { file: 'token.conf', write: token },
  { file: 'copy.pem', write: copy },
  { file: 'certlet.sock', write: socket },
  { file: 'certlet.new', write: socket },
  { file: 'admin.conf', write: lab },
  { file: 'bootstrap-kubelet.conf', write: lab },
  { file: 'audit.log', write: lab },
]

const PRECIOUS = 'keep me\n'

describe('another user, in a folder that he may write in,', function () {
  this.timeout(60_000)
  let node: Sandbox

  before(function () {
    if (process.getuid?.() === 0) return
    console.log('      skipped: only root can be attacked by another user: run the tests as root')
    this.skip()
  })
  beforeEach(async () => {
    node = await sandbox()
    chmodSync(node.dir, 0o755)
    // What he wants changed or read: root's; open to him, since some kernels let nobody link to what he may not write.
    mkdirSync(node.path('victim'), { mode: 0o700 })
    writeFileSync(node.path('precious'), PRECIOUS)
    chmodSync(node.path('precious'), 0o666)
    // As /tmp: everybody may write in it, each his own.
    mkdirSync(node.path('field'))
    chmodSync(node.path('field'), 0o1777)
  })
  afterEach(async () => {
    await node[Symbol.asyncDispose]()
  })

  const field = (name: string): string => node.path(`field/${name}`)

  /** Nothing of root's has changed, and nothing secret is his. */
  function assertUnharmed(): void {
    assert.equal(readFileSync(node.path('precious'), 'utf8'), PRECIOUS)
    assert.equal(statSync(node.path('precious')).mode & 0o7777, 0o666)
    assert.equal(statSync(node.path('precious')).uid, 0)
    assert.deepEqual(readdirSync(node.path('victim')), [])
    assert.equal(statSync(node.path('victim')).mode & 0o7777, 0o700)
    for (const name of readdirSync(node.path('field'))) {
      const found = lstatSync(field(name))
      if (!found.isFile()) continue
      const text = readFileSync(field(name), 'utf8')
      if (!/PRIVATE KEY|token: \S/.test(text)) continue
      assert.equal(found.uid, 0, `${name} is his, and holds a secret`)
      assert.equal(found.mode & 0o077, 0, `${name} holds a secret and is open`)
    }
  }

  const planted = (file: string): string[] => (file.includes('DATE') ? dated() : [file])

  for (const { file, write } of writers) {
    it(`cannot have another file written through a symbolic link at ${file}`, async () => {
      for (const name of planted(file)) assert.ok(asNobody('ln', '-s', node.path('precious'), field(name)))
      const { code, text } = await write(node, field)
      assertUnharmed()
      // A link to what is no pair is a pair that cannot be used, and a link is what is expected there.
      if (file !== 'kubelet-client-current.pem') assert.notEqual(code, 0, text)
    })

    it(`cannot have another file written through a hard link at ${file}`, async function () {
      for (const name of planted(file)) {
        if (!asNobody('ln', node.path('precious'), field(name))) {
          console.log('      skipped: this kernel lets nobody link to the file of another')
          this.skip()
        }
      }
      await write(node, field)
      assertUnharmed()
    })
  }

  it('cannot have root write where he likes by putting a link in the place of a folder', async () => {
    mkdirSync(node.path('his'), { mode: 0o755 })
    chownSync(node.path('his'), NOBODY, NOBODY)
    const his = (name: string): string => node.path(`his/dir/${name}`)
    // He swaps a folder and a link as fast as he can, for as long as there is somebody to attack: a run that is killed ends him, too.
    const script = `cd ${node.path('his')}; while [ -e /proc/$PPID ]; do mkdir -p real; ln -sfn ${node.path('victim')} dir; rm -f dir; mv real dir; mv dir real; done`
    const swapper = spawn('sh', ['-c', script], { uid: NOBODY, gid: NOBODY, stdio: 'ignore', detached: true })
    try {
      for (let turn = 0; turn < 20; turn++) {
        for (const write of [bootstrap, join, token, copy]) {
          const { code, text } = await write(node, his)
          assert.equal(code, 7, text)
          // Where the folder goes between two looks, that is why nothing is written.
          assert.match(text, /belongs to user 65534|(write into|look at) ".*\/his\/dir.*": ENOENT/)
        }
        assert.throws(
          () => {
            makeDirectory(his('new'), 0o700)
          },
          { code: 'DISK_FOREIGN' },
        )
        assertUnharmed()
      }
    } finally {
      process.kill(-(swapper.pid ?? 0), 'SIGKILL')
      await once(swapper, 'close')
    }
  })

  for (const { title, prepare } of [
    {
      title: 'behind a link of his',
      prepare: () => asNobody('ln', '-s', node.path('victim'), field('dir')),
    },
    {
      title: 'in a folder below one of his',
      prepare: () => {
        mkdirSync(node.path('field/dir'))
        chownSync(node.path('field/dir'), NOBODY, NOBODY)
        return true
      },
    },
    {
      title: 'in a folder where everybody may rename what is root’s',
      prepare: () => {
        mkdirSync(node.path('field/dir'))
        chmodSync(node.path('field/dir'), 0o777)
        return true
      },
    },
  ]) {
    it(`cannot choose where root writes ${title}`, () => {
      assert.ok(prepare())
      assert.throws(
        () => {
          replaceFile(field('dir/file'), 'secret', 0o600)
        },
        { code: 'DISK_FOREIGN' },
      )
      assertUnharmed()
    })
  }

  it('gets his copy in a folder of his that stands in one of root’s, and nowhere else', () => {
    mkdirSync(node.path('app'))
    chownSync(node.path('app'), NOBODY, NOBODY)
    const owner = { uid: NOBODY, gid: NOBODY }
    replaceFile(node.path('app/pair.pem'), 'his', 0o600, owner)
    assert.equal(statSync(node.path('app/pair.pem')).uid, NOBODY)
    assert.ok(asNobody('mkdir', node.path('app/below')))
    assert.throws(
      () => {
        replaceFile(node.path('app/below/pair.pem'), 'his', 0o600, owner)
      },
      { code: 'DISK_FOREIGN' },
    )
  })
})

describe('whatever the umask,', () => {
  it('files and folders have the same modes', async () => {
    const modes: Record<string, string[]> = {}
    for (const umask of [0o000, 0o077]) {
      const before = process.umask(umask)
      const list: string[] = (modes[umask.toString(8)] = [])
      try {
        await using node = await sandbox()
        const field = (name: string): string => node.path(`made/here/${name}`)
        mkdirSync(node.path('made/here'), { recursive: true })
        chmodSync(node.path('made'), 0o755)
        chmodSync(node.path('made/here'), 0o755)
        for (const write of [bootstrap, token, copy]) assert.equal((await write(node, field)).code, 0)
        const joined = (name: string): string => node.path(`made/join/${name}`)
        assert.equal((await join(node, joined)).code, 0)
        const running = inProcess([
          'lab',
          '--dir',
          node.path('made/lab'),
          '--pki-dir',
          node.path('made/lab-pki'),
          '--state-dir',
          node.path('made/lab-state'),
          '--audit-log',
          node.path('made/audit.log'),
        ])
        await Promise.race([running.done, untilThere(node.path('made/lab/scheduler.conf'))])
        running.stop()
        await running.done
        for (const found of readdirSync(node.path('made'), { recursive: true, encoding: 'utf8' }).sort()) {
          const { mode } = lstatSync(node.path(`made/${found}`))
          const name = found.replace(/\d{4}(-\d\d){5}/, 'DATE')
          list.push(`${name} ${(mode & 0o7777).toString(8)}`)
        }
      } finally {
        process.umask(before)
      }
    }
    assert.ok((modes['0']?.length ?? 0) > 20)
    assert.deepEqual(modes['77'], modes['0'])
  }).timeout(60_000)

  async function untilThere(path: string): Promise<void> {
    while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10))
  }
})
