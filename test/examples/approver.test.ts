import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { KubeConfig } from '@kubernetes/client-node'
import { loadAll } from 'js-yaml'
import type * as approver from '../../examples/approver/approver.ts'
import { startLab } from '../../src/lab/index.ts'
import { strictServing } from '../../src/probe/policies/strict-serving.ts'
import type { BuiltIn } from '../../src/probe/suites/names.ts'
import { temporaryFolder } from '../support/folder.ts'
import { different, probeLab } from '../support/suite-on-lab.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const example = join(root, 'examples/approver')
const objects = loadAll(readFileSync(join(example, 'nodes.yaml'), 'utf8')) as object[]

/** Names of the cases in which an approver does something else than strict-serving expects. */
async function differences(
  runApprover: typeof approver.runApprover,
  suites: readonly BuiltIn[],
  restMs: number,
): Promise<string[]> {
  await using lab = await startLab({ objects })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(lab.adminKubeconfig())
  const stop = new AbortController()
  const running = runApprover(kubeConfig, stop.signal)
  try {
    return different(await probeLab(lab, suites, strictServing, { restMs })).map(({ name }) => name)
  } finally {
    stop.abort()
    await running
  }
}

describe('the example approver', () => {
  const folder = temporaryFolder()

  it('has a hole, which the built-in suites find', async () => {
    const { runApprover } = (await import(pathToFileURL(join(example, 'approver.ts')).href)) as typeof approver
    // The approver's wrong decision counts only if it comes within the rest, also on a machine with much to do.
    assert.deepEqual(await differences(runApprover, ['hostile'], 3_000), ['name-that-begins-like-the-node'])
  })

  it('has none once fix.patch is applied', async () => {
    copyFileSync(join(example, 'approver.ts'), folder.file('approver.ts'))
    symlinkSync(join(root, 'node_modules'), folder.file('node_modules'))
    execFileSync('git', ['apply', join(example, 'fix.patch')], { cwd: folder.path })
    const { runApprover } = (await import(pathToFileURL(folder.file('approver.ts')).href)) as typeof approver
    assert.deepEqual(await differences(runApprover, ['kubelet-serving', 'hostile', 'generations'], 1_000), [])
  })

  it('is tested by the Makefile, as in CI', function () {
    this.timeout(60_000)
    if (spawnSync('make', ['--version']).status !== 0) {
      console.log('      skipped: there is no make on this machine (apt-get install make)')
      this.skip()
    }
    const words = ['probe', `CERTLET=${process.execPath} ${root}bin/certlet.js`, `OUT=${folder.path}`]
    const suites = 'SUITES=hostile --case name-that-* --case usages-*'
    const approver = `APPROVER=${process.execPath} ../approver/approver.ts`
    const run = spawnSync('make', ['-C', join(root, 'examples/ci'), ...words, approver, suites], { encoding: 'utf8' })
    assert.match(run.stdout, /Not as expected[\s\S]*hostile\/name-that-begins-like-the-node/, run.stderr)
    assert.match(run.stdout, /3 as expected, 1 not as expected/)
    assert.match(
      readFileSync(folder.file('probe.xml'), 'utf8'),
      /<testsuites name="certlet probe" tests="4" failures="1"/,
    )
  })
})
