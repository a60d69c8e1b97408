import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flatCommands, type Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'
import { type Fault, type Lab, startLab } from '../../src/lab/index.ts'
import { start, until } from '../support/command.ts'
import { hostileApi, json } from '../support/hostile-api.ts'
import { hurriedClock, inProcess } from '../support/in-process.ts'

/** Marked: these letters are nowhere else. */
const TOKEN = 'marked.5ecre75ecre75ecr'
const UNKNOWN = 'marked.0therw1seunknown'
const NEW = 'newone.5ecre7n3wn3wn3wn'
const MALFORMED = 'marked.5ecre7m4lf0rmed'

/** A piece of each secret that no output may hold. A header goes with them. */
const MARKS = [/5ecre7/, /0therw1se/, /PRIVATE KEY/, /Bearer /i, /Authorization: (?!\(token\))/]

/** How long commands that go on by themselves are left alone, ms. */
const WATCHED_MS = 250

/** A folder of a node, with all that commands may be pointed at. */
class Node implements Disposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'certlet-test-'))
  readonly lab: Lab

  constructor(lab: Lab) {
    this.lab = lab
    this.write('bootstrap.conf', lab.bootstrapKubeconfig())
    this.write('admin.conf', lab.adminKubeconfig())
    this.write('token', `${TOKEN}\n`)
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text, { mode: 0o600 })
  }

  change(pattern: RegExp | string, to: string): void {
    for (const name of ['bootstrap.conf', 'admin.conf'])
      this.write(name, readFileSync(this.path(name), 'utf8').replace(pattern, to))
  }

  /** Bodies of the keys in the folder: secrets too. */
  keys(): string[] {
    return this.files()
      .filter(([, text]) => text.includes('PRIVATE KEY'))
      .flatMap(([, text]) =>
        [...text.matchAll(/PRIVATE KEY-----\n([^\n]+)/g)].map(([, body = '']) => body.slice(0, 60)),
      )
  }

  files(): [path: string, text: string][] {
    return readdirSync(this.dir, { recursive: true, encoding: 'utf8' })
      .map((name) => this.path(name))
      .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile())
      .flatMap((path) => {
        try {
          return [[path, readFileSync(path, 'latin1')]]
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] // a draft, while a daemon works
          throw error
        }
      })
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** The command line of any command: each flag that it has and that a node's files are for. */
function argsOf({ name, flags, positionals = {} }: Command, node: Node): string[] {
  const administrators = /^(token|rbac|probe|fleet)/.test(name)
  const values: Record<string, string> = {
    'bootstrap-kubeconfig': node.path('bootstrap.conf'),
    kubeconfig: node.path(administrators ? 'admin.conf' : 'kubelet.conf'),
    'cert-dir': node.path('pki'),
    'ca-cert': node.path('ca.crt'),
    'hostname-override': 'n1',
    'token-file': node.path('token'),
    'discovery-timeout': '2s',
    timeout: '2s',
    'log-level': 'debug',
    dir: node.path('lab'),
    'audit-log': node.path('audit.log'),
    nodes: '1',
  }
  const arguments_: Record<string, string> = {
    endpoint: node.lab.url.slice('https://'.length),
    token: name === 'token delete' ? NEW.slice(0, 6) : NEW,
    shell: 'bash',
    suite: 'kubelet-client',
  }
  const given = Object.keys(positionals).flatMap((key) => arguments_[key.replace(/\W/g, '')] ?? [])
  const flagged = Object.keys(flags).flatMap((flag) => (values[flag] === undefined ? [] : [`--${flag}`, values[flag]]))
  const unpinned = 'discovery-token-unsafe-skip-ca-verification'
  const bare = [...('request-log' in flags ? ['--request-log'] : []), ...(unpinned in flags ? [`--${unpinned}`] : [])]
  return [...name.split(' '), ...given, ...flagged, ...bare]
}

/** Commands that come to a good end on a node's files and a lab. */
const WORKING = ['join', 'bootstrap', 'preflight', 'run', 'rotate', 'token create', 'token list', 'token delete', 'lab']

interface Failure {
  readonly title: string
  readonly make?: (node: Node) => void | Promise<void>
  readonly faults?: readonly Fault[]
  /** Nothing fails, so each command does what it is for. */
  readonly sound?: boolean
  /** A bootstrap may come to a good end all the same, if it is quick or lucky. */
  readonly mayWork?: boolean
  /** What the lab does with requests. */
  readonly lab?: (lab: Lab) => void
  readonly more?: readonly string[]
}

const answer = (code: 401 | 403 | 404 | 409 | 429 | 500): Failure => ({
  title: `an API server that answers ${code} and repeats the token`,
  faults: [{ fault: 'status', code, message: `no: Authorization: Bearer ${TOKEN} is not ${TOKEN}` }],
})

const failures: readonly Failure[] = [
  { title: 'no failure', sound: true },
  { title: 'no failure, in a folder that has credentials', make: joined, sound: true },
  {
    title: 'a token that nobody knows',
    make: (node) => {
      node.change(TOKEN, UNKNOWN)
      node.write('token', UNKNOWN)
    },
  },
  {
    title: 'a token that is none',
    make: (node) => {
      node.change(TOKEN, MALFORMED)
      node.write('token', MALFORMED)
    },
  },
  {
    title: 'a kubeconfig that is no YAML',
    make: (node) => {
      node.change(/^/, '{ ')
    },
  },
  {
    title: 'a token that is a number in YAML',
    make: (node) => {
      node.change(TOKEN, '5e7 # 5ecre7')
    },
  },
  {
    title: 'a port where nobody listens',
    make: (node) => {
      node.change(/server: .*/, 'server: https://127.0.0.1:1')
    },
  },
  {
    title: 'an address with a password',
    mayWork: true,
    make: (node) => {
      node.change('https://', 'https://u:5ecre7@')
    },
  },
  {
    title: 'another CA',
    make: async (node) => {
      const { certificatePem } = await createAuthority('other', new Date())
      node.change(
        /certificate-authority-data: .*/,
        `certificate-authority-data: ${Buffer.from(certificatePem).toString('base64')}`,
      )
    },
  },
  {
    title: 'a folder in the way',
    make: (node) => {
      mkdirSync(node.path('kubelet.conf'))
    },
  },
  {
    title: 'a file in the way of the folder',
    make: (node) => {
      node.write('pki', 'x')
    },
  },
  {
    title: 'a request that is denied in words that repeat the token',
    lab: (lab) => {
      lab.setApproval({ rules: [{ verdict: 'deny', message: `no Bearer ${TOKEN}` }] })
    },
  },
  ...(['garbage', 'other-key', 'other-name'] as const).map((fault) => ({
    title: `a signer that goes wrong: ${fault}`,
    lab: (lab: Lab) => {
      lab.setSigning({ fault })
    },
  })),
  { title: 'connections that break', mayWork: true, faults: [{ fault: 'reset', when: 'after', share: 0.5 }] },
  ...([401, 403, 404, 409, 429, 500] as const).map(answer),
]

async function joined(node: Node): Promise<void> {
  const { code, text } = await inProcess([...argsOf(bootstrapCommand(), node), '--keep-bootstrap-kubeconfig']).done
  assert.equal(code, 0, text)
}

describe('no token, key or header', function () {
  this.timeout(120_000)
  let lab: Lab
  // Other tests have temporary files, too.
  const temporary = mkdtempSync(join(tmpdir(), 'certlet-secrets-'))
  const { TMPDIR } = process.env

  before(async () => {
    process.env['TMPDIR'] = temporary
    lab = await startLab({ token: TOKEN })
  })
  after(async () => {
    await lab.close()
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
    rmSync(temporary, { recursive: true, force: true })
  })

  function assertUnmarked(what: string, text: string, keys: readonly string[]): void {
    for (const mark of MARKS) assert.doesNotMatch(text, mark, what)
    for (const key of keys) assert.ok(!text.includes(key), `${what} holds a private key`)
  }

  for (const failure of failures) {
    it(`is printed by any command with ${failure.title}`, async () => {
      const codes: Record<string, number> = {}
      for (const command of flatCommands(commands)) {
        using node = new Node(lab)
        await failure.make?.(node)
        lab.setFaults(failure.faults ?? [])
        failure.lab?.(lab)
        const line = [...argsOf(command, node), ...(failure.more ?? [])]
        const running = inProcess(line, failure.sound ? {} : { clock: hurriedClock })
        const timer = setTimeout(
          () => {
            running.stop()
          },
          failure.sound && !/^(run|lab)$/.test(command.name) ? 20_000 : WATCHED_MS,
        )
        const { code, text } = await running.done
        codes[command.name] = code
        clearTimeout(timer)
        lab.setFaults([])
        lab.setApproval({})
        lab.setSigning({})
        const what = `certlet ${line.join(' ')} (${failure.title})`
        // What a command is for it may print: a new token, on standard output.
        const printed = command.name === 'token create' ? text.replaceAll(NEW, '') : text
        assertUnmarked(what, printed, node.keys())
        for (const [path, content] of node.files()) assertKept(path, content)
      }
      for (const name of failure.sound ? WORKING : []) assert.equal(codes[name], 0, `${name} does what it is for`)
      if (!failure.sound && !failure.mayWork) assert.notEqual(codes['bootstrap'], 0, 'the failure is one')
    })
  }

  /** Secrets are in files for them alone, which nobody else reads. */
  function assertKept(path: string, content: string): void {
    if (!MARKS.some((mark) => mark.test(content))) return
    assert.match(path, /\.(conf|pem|tmp)$|\/token$/, `${path} holds a secret`)
    assert.equal(lstatSync(path).mode & 0o077, 0, `${path} holds a secret, and can be read by others`)
  }

  it('is left in temporary files', () => {
    for (const name of readdirSync(temporary)) {
      const path = join(temporary, name)
      if (lstatSync(path).isFile()) assertUnmarked(path, readFileSync(path, 'latin1'), [])
    }
  })

  it('is in the answer of a server that says it again, in a denial or in a name', async () => {
    await using api = await hostileApi()
    using node = new Node(lab)
    node.change(/server: .*/, `server: ${api.url}`)
    node.change(
      /certificate-authority-data: .*/,
      `certificate-authority-data: ${Buffer.from(api.ca.certificatePem).toString('base64')}`,
    )
    const said = `User "${TOKEN}" and eyJhbGciOiJ5ecre7.eyJzdWIiOiJ5ecre7.c2lnbmF0dXJl`
    api.answer((request, response) => {
      const body = {
        kind: 'Status',
        reason: TOKEN,
        message: `${said}: ${String(request.headers.authorization)}`,
        details: { causes: [{ field: TOKEN, message: said }] },
      }
      json(body, 403)(request, response)
    })
    const { text } = await inProcess(['bootstrap', ...argsOf(bootstrapCommand(), node).slice(1)], {
      clock: hurriedClock,
    }).done
    assert.match(text, /answered 403/)
    assertUnmarked('the error', text, [])
  })

  it('is in what other processes see: arguments, environments, pages, the socket, Events, core files', async function () {
    if (!existsSync('/proc/self/environ')) {
      console.log('      skipped: there is no /proc on this machine')
      this.skip()
    }
    using node = new Node(lab)
    const [, ...flags] = argsOf(bootstrapCommand(), node).filter(
      (_, index, all) => !['--timeout'].includes(all[index] ?? '') && all[index - 1] !== '--timeout',
    )
    const hook = `sh -c 'env >${node.path('hook.env')}; sleep 30'`
    const services = [
      '--metrics-address',
      ':0',
      '--on-rotate',
      hook,
      '--record-events',
      '--serving',
      '--node-ip',
      '10.0.0.1',
    ]
    await using daemon = start(['run', ...flags, ...services], { PATH: process.env['PATH'] ?? '' })
    let log = ''
    daemon.child.stderr?.on('data', (more: string) => (log += more))
    await until(() => existsSync(node.path('hook.env')) && /port=\d+/.test(log), 'the command of --on-rotate')
    const keys = node.keys()
    assert.ok(keys.length > 0)
    const parts: Record<string, string> = {
      log,
      'environment of the command': readFileSync(node.path('hook.env'), 'utf8'),
    }
    for (const pid of familyOf(daemon.child.pid ?? 0)) {
      for (const file of ['cmdline', 'environ', 'comm'])
        parts[`/proc/${pid}/${file}`] = readIfThere(`/proc/${pid}/${file}`)
    }
    assert.ok(Object.keys(parts).length >= 3 * 3, 'there is a command of --on-rotate, and a child of it')
    const port = Number(/port=(\d+)/.exec(log)?.[1])
    for (const page of ['metrics', 'healthz', 'readyz', 'nothing'])
      parts[page] = await (await fetch(`http://127.0.0.1:${port}/${page}`)).text()
    parts['control socket'] = await askSocket(node.path('pki/certlet.sock'))
    parts['Events'] = JSON.stringify((await lab.admin('GET', '/api/v1/namespaces/default/events')).body)
    parts['requests'] = JSON.stringify(lab.requests)
    for (const [what, text] of Object.entries(parts)) assertUnmarked(what, text, keys)
    daemon.child.kill('SIGTERM')
    const { stdout, stderr } = await daemon.done
    assertUnmarked('all that it printed', stdout + stderr, keys)
    for (const [path, content] of node.files()) assertKept(path, content)
    assert.deepEqual(
      node
        .files()
        .filter(([path]) => /(^|\/)(core|report\.|node_trace|.*\.heapsnapshot)/.test(path.slice(node.dir.length))),
      [],
    )
  })

  it('can get into a core file of a unit: they make none', () => {
    const folder = fileURLToPath(new URL('../../systemd/', import.meta.url))
    const units = readdirSync(folder).filter((name) => name.endsWith('.service'))
    assert.ok(units.length >= 3)
    for (const name of units) assert.match(readFileSync(join(folder, name), 'utf8'), /^LimitCORE=0$/m, name)
  })
})

function bootstrapCommand(): Command {
  const found = flatCommands(commands).find(({ name }) => name === 'bootstrap')
  assert.ok(found)
  return found
}

/** A process and all that come from it. */
function familyOf(pid: number): number[] {
  const children = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout
  return [pid, ...children.split('\n').filter(Boolean).map(Number).flatMap(familyOf)]
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function askSocket(path: string): Promise<string> {
  const socket = connect(path)
  socket.write('GET /status HTTP/1.0\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
