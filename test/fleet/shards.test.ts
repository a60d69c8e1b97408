import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { decodedLatencies } from '../../src/fleet/latencies.ts'
import { readRunRecord, type RunRecord } from '../../src/fleet/run-record.ts'
import { KINDS, PHASES } from '../../src/fleet/tally.ts'
import { certlet, sandbox } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'

const SHARDS = 4
const NODES = 41 // no multiple of the shards

describe('a fleet in shards', () => {
  const folder = temporaryFolder()

  function play(...more: string[]): Promise<RunRecord> {
    const flags = ['--nodes', String(NODES), '--ramp', '1500ms', '--seed', '7', '--log-level', 'error', '-o', 'json']
    return certlet(['fleet', ...flags, ...more]).then(({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr)
      return readRunRecord(stdout, 'standard output')
    })
  }

  it('has, played by four processes and joined, the counts of the same fleet played by one', async () => {
    await using cluster = await sandbox()
    const cluster1 = ['--bootstrap-kubeconfig', cluster.path('bootstrap.conf')]
    const single = await play(...cluster1)
    const files = Array.from({ length: SHARDS }, (_, index) => folder.file(`shard-${index}.json`))
    const startAt = new Date(Date.now() + 1500).toISOString()
    const shards = await Promise.all(
      files.map((file, index) =>
        play(...cluster1, '--shard', `${index}/${SHARDS}`, '--start-at', startAt, '--out', file),
      ),
    )
    const merged = await certlet(['fleet', 'merge', ...files, '--out', folder.file('run.json')])
    assert.equal(merged.code, 0, merged.stderr)
    assert.match(merged.stdout, /joined +41 of 41 nodes/)
    assert.doesNotMatch(merged.stdout, /are missing/)
    const whole = readRunRecord(readFileSync(folder.file('run.json'), 'utf8'), 'run.json')

    assert.deepEqual(whole.nodes, single.nodes)
    assert.deepEqual(whole.certificates, single.certificates)
    assert.deepEqual(whole.errors, single.errors)
    // The moments follow from the seed alone: second by second as many were meant to begin.
    assert.deepEqual(trimmed(whole.seconds.arrivals), trimmed(single.seconds.arrivals))
    for (const column of ['arrivals', 'started', 'issued', 'failed', 'errors'] as const)
      assert.equal(sum(whole.seconds[column]), sum(single.seconds[column]), column)
    for (const kind of KINDS) assert.equal(countOf(whole.latency[kind]), countOf(single.latency[kind]), kind)
    for (const phase of PHASES) assert.equal(countOf(whole.phases[phase]), countOf(single.phases[phase]), phase)

    // Nothing is lost: every percentile is that of all counts together.
    const parts = shards.map(({ latency }) => decodedLatencies(latency.client))
    const all = decodedLatencies(whole.latency.client)
    const bounds = Array.from({ length: 80 }, (_, at) => 1.25 ** at)
    const binsOfParts = parts.map((part) => part.bins(bounds))
    assert.deepEqual(
      all.bins(bounds),
      bounds.map((_, at) => sum(binsOfParts.map((bins) => bins[at] ?? 0))),
    )
    assert.equal(all.longestMs, Math.max(...parts.map(({ longestMs }) => longestMs)))
    assert.deepEqual(whole.shards, [0, 1, 2, 3])
    assert.equal(whole.clients.length, SHARDS)

    const twice = await certlet(['fleet', 'merge', ...files, files[0] ?? ''])
    assert.equal(twice.code, 2)
    assert.match(twice.stderr, /shard 0\/4 is in both/)
    const few = await certlet(['fleet', 'merge', ...files.slice(1)])
    assert.match(few.stdout, /shards 0 of 4 are missing/)
  })
})

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const countOf = (encoded: string): number => decodedLatencies(encoded).count

function trimmed(values: readonly number[]): number[] {
  const last = values.findLastIndex((value) => value > 0)
  return values.slice(0, last + 1)
}
