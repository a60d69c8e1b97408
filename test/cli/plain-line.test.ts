import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import type { CommandLine } from '../../src/cli/command-line.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { readPlainLine } from '../../src/cli/plain-line.ts'
import type { World } from '../../src/cli/world.ts'
import { readWithYargs } from '../../src/cli/yargs-line.ts'
import type { CertletError } from '../../src/errors.ts'
import { temporaryFolder } from '../support/folder.ts'

type Environment = Record<string, string>

/** As much of the world as reading a command line needs. */
const worldOf = (env: Environment): World => ({ env, nodeVersion: '26.0.0', stdout: {} }) as unknown as World

/** Commands that a plain line may name. */
const plain = commands.flatMap((command) => ('commands' in command || command.positionals ? [] : [command]))

/** Its flags by the names that they have in the table; yargs adds others. */
function shown({ command, flags, configured }: CommandLine): unknown {
  const names = Object.keys(command.flags).filter((name) => flags[name] !== undefined)
  return [command.name, Object.fromEntries(names.sort().map((name) => [name, flags[name]])), configured]
}

/** What yargs makes of it: a text where help is asked for, an error where something is wrong. */
async function byYargs(argv: readonly string[], env: Environment): Promise<unknown> {
  try {
    const line = await readWithYargs(argv, worldOf(env), {})
    return typeof line === 'string' ? line : shown(line)
  } catch (error) {
    return (error as CertletError).message
  }
}

describe('a plain command line', () => {
  const folder = temporaryFolder()

  for (const line of [
    'bootstrap',
    'run',
    'rotate',
    'bootstrap --serving --node-ip 192.0.2.10 --san a --san=b --hostname-override n1',
    'bootstrap --bootstrap-kubeconfig /b.conf --kubeconfig /k.conf --cert-dir=/pki --log-format json --output json',
    'bootstrap --emulate 1.27 --key-type rsa-2048 --serving --dry-run',
    'run --serving --metrics-address :9105 --on-rotate=systemctl --log-level debug --print-config',
  ])
    it(`is read without yargs, and alike: ${line}`, async () => {
      const argv = line.split(' ')
      const read = readPlainLine(argv, worldOf({}), {})
      assert.ok(read)
      assert.deepEqual(shown(read), await byYargs(argv, {}))
    })

  it('is read with texts out of the environment and the configuration file', async () => {
    const config = folder.file('config.yaml')
    writeFileSync(config, 'serving: true\ncert-dir: /from/file\nkubeconfig: /from/file.conf\n')
    const env = { CERTLET_CONFIG: config, CERTLET_KUBECONFIG: '/from/environment' }
    const argv = ['bootstrap', '--cert-dir', '/from/line']
    const read = readPlainLine(argv, worldOf(env), {})
    assert.ok(read)
    assert.deepEqual(
      [read.flags['kubeconfig'], read.flags['cert-dir'], read.flags['serving']],
      ['/from/environment', '/from/line', true],
    )
    assert.deepEqual(shown(read), await byYargs(argv, env))
  })

  for (const line of [
    '',
    'status',
    'token create',
    'nonsense',
    '--version',
    'bootstrap --help',
    'bootstrap -h',
    'bootstrap -o json',
    'bootstrap --no-serving',
    'bootstrap --unknown x',
    'bootstrap extra',
    'bootstrap --serving false',
    'bootstrap --node-binding=false',
    'bootstrap --key-type dsa',
    'bootstrap --kubeconfig',
    'bootstrap --kubeconfig --serving',
    'bootstrap --kubeconfig=',
    'bootstrap --bootstrap-kubeconfig -',
    'bootstrap --keep-pairs 2',
    'bootstrap --kubeconfig "/k"',
    'bootstrap -- --serving',
    'bootstrap --kubeconfig.a /k',
  ])
    it(`is left to yargs where there is more to it: ${line}`, () => {
      assert.equal(readPlainLine(line.split(' '), worldOf({}), {}), undefined)
    })

  it('is never read otherwise than by yargs', async () => {
    const flags = [...new Set(plain.flatMap((command) => Object.keys(command.flags)))]
    const choices = plain.flatMap((command) =>
      Object.values(command.flags).flatMap((options) => (options.choices ?? []) as readonly string[]),
    )
    const odd = [
      '',
      '-',
      '--',
      'true',
      'false',
      '1',
      '007',
      '1e3',
      '0x10',
      '"q"',
      "'q'",
      'a b',
      'a=b',
      '-1',
      '節',
      '\n',
      'x\ny',
      'null',
      'a.b',
      '[1]',
    ]
    const value = fc.oneof(fc.constantFrom(...choices, ...odd), fc.string({ maxLength: 6 }), fc.constant('/some/path'))
    const flag = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...flags) },
      { weight: 1, arbitrary: fc.constantFrom('o', 'help', 'no-serving', 'san.a', 'constructor', '__proto__') },
    )
    const words = fc.oneof(
      flag.map((name) => [`--${name}`]),
      fc.tuple(flag, value).map(([name, one]) => [`--${name}`, one]),
      fc.tuple(flag, value).map(([name, one]) => [`--${name}=${one}`]),
      { weight: 1, arbitrary: value.map((one) => [one]) },
    )
    const env = fc.dictionary(
      flag.map((name) => `CERTLET_${name.toUpperCase().replaceAll('-', '_')}`),
      value,
      { maxKeys: 2 },
    )
    let read = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...plain.map(({ name }) => name)),
        fc.array(words, { maxLength: 4 }),
        fc.option(env, { freq: 3, nil: {} }),
        async (name, parts, given: Environment) => {
          const argv = [name, ...parts.flat()]
          // Only the configuration that is there: another is an error of its own.
          const { CERTLET_CONFIG: _, ...rest } = given
          if (argv.some((word) => word.startsWith('--config'))) return
          const line = readPlainLine(argv, worldOf(rest), {})
          if (!line) return
          read += 1
          assert.deepEqual(shown(line), await byYargs(argv, rest))
        },
      ),
      { numRuns: 1_500 },
    )
    assert.ok(read > 200, `${read} lines were plain`)
  })
})
