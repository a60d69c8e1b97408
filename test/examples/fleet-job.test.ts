import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dumpYaml, loadYaml, type V1Job } from '@kubernetes/client-node'
import { load } from 'js-yaml'
import { bin, certlet, sandbox } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'
import { kubectlIsThere } from '../support/kubectl.ts'

const folderOf = fileURLToPath(new URL('../../examples/fleet-job', import.meta.url))
const text = readFileSync(`${folderOf}/job.yaml`, 'utf8')
const job = loadYaml<V1Job>(text)
const [container] = job.spec?.template.spec?.containers ?? []

describe('the example of a fleet as an Indexed Job', () => {
  const folder = temporaryFolder()

  it('has only fields that a Job has', () => {
    // What the API's model does not know is lost when it is written again.
    assert.deepEqual(load(dumpYaml(job)), load(text))
    assert.equal(job.spec?.completionMode, 'Indexed')
    assert.equal(job.spec.parallelism, job.spec.completions)
    const shards = container?.env?.find(({ name }) => name === 'SHARDS')?.value
    assert.equal(Number(shards), job.spec.completions)
  })

  it('is set to a start by kubectl, as run.sh does it', function () {
    if (!kubectlIsThere()) {
      console.log('      skipped: there is no kubectl on this machine')
      this.skip()
    }
    const at = '2026-11-26T19:00:00Z'
    const args = ['set', 'env', '--local', '-f', `${folderOf}/job.yaml`, `START_AT=${at}`, '-o', 'json']
    const { status, stdout } = spawnSync('kubectl', args, { encoding: 'utf8' })
    assert.equal(status, 0)
    const set = (JSON.parse(stdout) as V1Job).spec?.template.spec?.containers[0]?.env
    assert.equal(set?.find(({ name }) => name === 'START_AT')?.value, at)
  })

  it('plays its shards, by the command line that is in it, and their logs can be joined', async () => {
    await using cluster = await sandbox()
    writeFileSync(folder.file('certlet'), `#!/bin/sh\nexec ${process.execPath} ${bin} "$@"\n`)
    chmodSync(folder.file('certlet'), 0o755)
    const given = Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]))
    const env = {
      ...given,
      PATH: [folder.path, process.env['PATH']].join(delimiter),
      ...{ SHARDS: '2', NODES: '7', RAMP: '200ms', BOOTSTRAP: cluster.path('bootstrap.conf') },
      START_AT: new Date(Date.now() + 1000).toISOString(),
    }
    const [program = '', ...args] = container?.command ?? []
    const play = (index: number): Promise<{ stdout: string; stderr: string }> =>
      promisify(execFile)(program, args, { env: { ...env, JOB_COMPLETION_INDEX: String(index) } })
    const files = await Promise.all(
      [0, 1].map(async (index) => {
        const { stdout, stderr } = await play(index)
        assert.equal(stderr, '')
        assert.match(stdout, /^\{"format":"certlet-fleet-run.*\n$/)
        writeFileSync(folder.file(`${index}.json`), stdout)
        return folder.file(`${index}.json`)
      }),
    )
    const merged = await certlet(['fleet', 'merge', ...files])
    assert.match(merged.stdout, /joined +7 of 7 nodes/)
  })

  it('is run by sound shell', () => {
    assert.equal(spawnSync('sh', ['-n', `${folderOf}/run.sh`]).status, 0)
  })
})
