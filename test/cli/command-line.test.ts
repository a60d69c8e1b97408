import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { certlet, sandbox } from '../support/command.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the command line', () => {
  it('shows its commands with --help, and its version with --version', async () => {
    const help = await certlet(['--help'])
    assert.equal(help.code, 0)
    assert.match(help.stdout, /certlet bootstrap/)
    assert.match(help.stdout, /certlet lab/)
    const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }
    const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
    const { stdout } = await certlet(['--version'])
    assert.equal(stdout, `certlet ${version} (commit ${head}, Node.js ${process.versions.node})\n`)
  })

  for (const args of [
    [],
    ['bootstrp'],
    ['bootstrap', '--no-such-flag'],
    ['bootstrap', '--timeout', 'soon'],
    ['bootstrap', '--keep-pairs', '-1'],
  ]) {
    it(`refuses "certlet ${args.join(' ')}" with exit code 2 and a hint`, async () => {
      const { code, stdout, stderr } = await certlet(args)
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, /^error: .+\nhint: .+\n$/)
    })
  }

  it('suggests the command that was meant', async () => {
    assert.match((await certlet(['bootstrp'])).stderr, /hint: did you mean bootstrap\?/)
  })

  for (const [args, meant] of [
    [['bootstrap', '--hostname-overide', 'n1'], '--hostname-override'],
    [['bootstrap', '--hostname', 'n1'], '--hostname-override'],
    [['join', 'x', '--ca-crt', 'y'], '--ca-cert'],
    [['token', 'create', '--tll', '2h'], '--ttl'],
  ] as const) {
    it(`suggests the flag that was meant by ${args.at(-2)}`, async () => {
      const { code, stderr } = await certlet(args)
      assert.equal(code, 2)
      assert.match(stderr, new RegExp(`^error: certlet .* has no flag .*\nhint: did you mean ${meant}\\?\n$`))
    })
  }

  it('suggests nothing for a flag that is like no other', async () => {
    assert.match((await certlet(['bootstrap', '--xyzzy'])).stderr, /hint: see `certlet --help`/)
  })

  it('names a flag that a command without flags does not have', async () => {
    const { code, stderr } = await certlet(['completion', 'bash', '--log-format', 'json'])
    assert.equal(code, 2, stderr)
    assert.match(stderr, /certlet completion has no flag --log-format/)
  })

  it('does not say a token again that was put in the wrong place', async () => {
    for (const line of [
      ['join', 'abcdef.0123456789abcdef'],
      ['status', '--abcdef.0123456789abcdef'],
      ['abcdef.0123456789abcdef'],
    ]) {
      const { code, stdout, stderr } = await certlet(line)
      assert.notEqual(code, 0)
      assert.doesNotMatch(stdout + stderr, /0123456789abcdef/)
    }
  })

  it('takes a flag that may be given several times each time, and the last of any other', async () => {
    await using node = await sandbox()
    const flags = node.flags(
      '--serving',
      '--dry-run',
      '--san',
      'a.example',
      '--san',
      'b.example',
      '-o',
      'text',
      '-o',
      'json',
    )
    const { stdout, stderr } = await certlet([...flags, '--node-ip', '192.0.2.1'])
    const { requests } = JSON.parse(stdout === '' ? stderr : stdout) as {
      requests: { purpose: string; decoded: { dnsNames: string[] } }[]
    }
    const names = requests.find(({ purpose }) => purpose === 'serving')?.decoded.dnsNames
    assert.deepEqual(names, ['a.example', 'b.example', 'n1'])
  })

  it('takes from one configuration file what is meant for a command, and refuses what no command knows', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('config.yaml'), 'kubeconfig: /nonexistent\nserving: true\n')
    const { stderr } = await certlet(['token', 'list', '--config', node.path('config.yaml')])
    assert.match(stderr, /no \/nonexistent/)
  })

  it('refuses what is no value of a flag in a configuration file', async () => {
    await using node = await sandbox()
    for (const text of ['copy: { constructor: { __proto__: 0 } }', 'san: [[a]]']) {
      writeFileSync(node.path('config.yaml'), text)
      const { code, stderr } = await certlet(['run', '--print-config', '--config', node.path('config.yaml')])
      assert.equal(code, 78, stderr)
      assert.match(stderr, /the value of "(copy|san)" is neither text/)
    }
  })

  it('takes a configuration file without a value for none, as the package has it', async () => {
    await using node = await sandbox()
    for (const text of [readFileSync(`${root}packaging/debian/config.yaml`, 'utf8'), '', '---\n', '{}']) {
      writeFileSync(node.path('config.yaml'), text)
      const { code, stdout, stderr } = await certlet(['run', '--print-config', '--config', node.path('config.yaml')])
      assert.deepEqual([code, stderr], [0, ''], text)
      assert.match(stdout, /^serving: false # default$/m)
    }
  })

  it('refuses a configuration file that is no mapping of flags', async () => {
    await using node = await sandbox()
    for (const [text, why] of [
      ['serving: true\n---\nserving: false\n', /is not a mapping/],
      ['- serving', /is not a mapping/],
      ['serving', /is not a mapping/],
      ['serving: : true', /is not YAML/],
    ] as const) {
      writeFileSync(node.path('config.yaml'), text)
      const { code, stderr } = await certlet(['run', '--print-config', '--config', node.path('config.yaml')])
      assert.equal(code, 78, text)
      assert.match(stderr, why)
    }
  })

  it('loads neither the Kubernetes client nor the lab for --help: Node.js’ HTTP is not even loaded', async () => {
    await using node = await sandbox()
    const list = "process.once('exit', () => process.stderr.write(process.moduleLoadList.join('\\n')))"
    const loadedBy = (...words: string[]): string => {
      const program = `process.argv.splice(1, 0, ''); ${list}; require('./dist/cli.cjs').start(process)`
      return spawnSync(process.execPath, ['-e', program, '--', ...words], { cwd: root, encoding: 'utf8' }).stderr
    }
    rmSync(node.path('bootstrap.conf'))
    assert.match(loadedBy(...node.flags()), /^NativeModule https?$/m, 'it would be seen')
    assert.doesNotMatch(loadedBy('--help'), /^NativeModule https?$/m)
  })

  it('lets flags win over the environment, and the environment over the configuration file', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('config.yaml'), 'hostname-override: from-file\nkey-type: ecdsa-p384\n')
    const base = [
      'bootstrap',
      '--bootstrap-kubeconfig',
      node.path('bootstrap.conf'),
      '--dry-run',
      '-o',
      'json',
      '--config',
      node.path('config.yaml'),
    ]
    const nodeOf = async (args: string[], env: Record<string, string>): Promise<unknown> => {
      const { stdout, stderr } = await certlet(args, { env })
      assert.notEqual(stdout, '', stderr)
      return (JSON.parse(stdout) as { requests: { decoded: { commonName: string } }[] }).requests[0]?.decoded.commonName
    }
    assert.equal(await nodeOf(base, {}), 'system:node:from-file')
    assert.equal(await nodeOf(base, { CERTLET_HOSTNAME_OVERRIDE: 'from-env' }), 'system:node:from-env')
    assert.equal(
      await nodeOf([...base, '--hostname-override', 'from-flag'], { CERTLET_HOSTNAME_OVERRIDE: 'from-env' }),
      'system:node:from-flag',
    )
  })

  it('refuses a configuration file with a flag that does not exist', async () => {
    await using node = await sandbox()
    writeFileSync(node.path('config.yaml'), 'hostnam: x\n')
    const { code, stderr } = await certlet(['bootstrap', '--config', node.path('config.yaml')])
    assert.equal(code, 2)
    assert.match(stderr, /there is no flag "hostnam"/)
  })

  it('says so in one line when Node is too old', function () {
    const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path) && majorOf(path) < 22)
    if (old === undefined) {
      console.log('      skipped: there is no old Node on this machine')
      this.skip()
    }
    try {
      execFileSync(old, [`${root}bin/certlet.js`, '--help'], { stdio: 'pipe' })
      assert.fail('it ran')
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer }
      assert.equal(status, 2)
      assert.match(stderr.toString(), /^error: certlet needs Node\.js 22\.19 or later, this is .+\n$/)
    }
  })

  it('uses every dependency that it has, and names each exactly', () => {
    const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >
    const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const text = sources.map((name) => readFileSync(`${root}src/${name}`, 'utf8')).join('\n')
    for (const name of Object.keys(manifest.dependencies))
      assert.match(text, new RegExp(`(from |import |import\\()'${name}[/']`), `${name} is used`)
    for (const version of [...Object.values(manifest.dependencies), ...Object.values(manifest.devDependencies)]) {
      assert.match(version, /^(npm:.+@)?\d+\.\d+\.\d+$/)
    }
  })
})

function majorOf(path: string): number {
  return Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1])
}
