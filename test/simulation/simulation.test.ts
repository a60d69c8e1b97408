import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MUTATIONS } from './mutations.ts'

/** Lives that each `npm test` lives; more: npm run sim. */
const SEEDS = 200

/** Those of aimed faults. In the seventh a killed run leaves a folder whose name is not safe. */
const AIMED = 8

/** Of the mistakes, some that are found within the first lives; all of them: npm run sim:mutants. */
const SOON = 'before its content is synced|before the request is made|before it is proven|before the pair is written'

const SRC = new URL('../../src/', import.meta.url)

function run(script: string, ...args: string[]): Promise<{ stdout: string }> {
  const program = fileURLToPath(new URL(script, import.meta.url))
  return promisify(execFile)(process.execPath, [program, ...args]).catch((error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    return assert.fail(`${String(error)}\n${stdout}\n${stderr}`)
  })
}

describe('a simulation', () => {
  it(`of ${SEEDS} lives violates no invariant (npm run sim -- --seeds N for more)`, async () => {
    const { stdout } = await run('main.ts', '--seeds', String(SEEDS))
    assert.match(stdout, new RegExp(`^seeds +${SEEDS}$`, 'm'))
    const number = (name: string): number => Number(new RegExp(`^${name} +(\\d+)`, 'm').exec(stdout)?.[1])
    assert.ok(number('processes killed') > 100 && number('rotations') > 1000, stdout)
  }).timeout(600_000)

  it(`of ${AIMED} lives of aimed faults violates no invariant (npm run sim -- --aimed --seeds N for more)`, async () => {
    const { stdout } = await run('main.ts', '--aimed', '--seeds', String(AIMED))
    assert.match(stdout, new RegExp(`^seeds +${AIMED}$`, 'm'))
  }).timeout(600_000)

  it('is the same each time that its seed is the same, and can be followed step by step', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => run('main.ts', '--seed', '5', '--trace')))
    const steps = (text = ''): string => text.replace(/^seconds.*|^node-years.*/gm, '')
    assert.equal(steps(one?.stdout), steps(other?.stdout))
    assert.match(one?.stdout ?? '', /^\S+ m\d\/daemon#1 starts$/m)
    assert.match(one?.stdout ?? '', /^\S+ m\d FAULT: /m)
  }).timeout(600_000)

  it('finds mistakes that somebody could make (npm run sim:mutants for all of them)', async () => {
    const { stdout } = await run('mutants.ts', '--most', '20', '--only', SOON)
    assert.equal(stdout.split('\n').filter((line) => line.startsWith('| ')).length, 2 + SOON.split('|').length, stdout)
  }).timeout(600_000)

  for (const { name, changes } of MUTATIONS) {
    it(`knows where to make the mistake “${name}”`, () => {
      for (const { file, from, to } of changes) {
        assert.notEqual(from, to)
        assert.equal(readFileSync(new URL(file, SRC), 'utf8').split(from).length, 2, `${file} has one place for it`)
      }
    })
  }

  it('has its mistakes listed, with the seeds that they took', () => {
    const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8')
    for (const { name } of MUTATIONS) {
      assert.match(page, new RegExp(`^\\| ${name} +\\| (\`\\w+\`|not found within) +\\| +\\d+ \\|$`, 'm'))
    }
    assert.ok(MUTATIONS.length >= 20)
  })
})
