import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { compareRuns } from '../../src/fleet/compare-runs.ts'
import { mergeRuns } from '../../src/fleet/merge-runs.ts'
import { reportPage } from '../../src/fleet/report/page.ts'
import { readRunRecord } from '../../src/fleet/run-record.ts'
import { certlet } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'
import { runRecord } from '../support/run-record.ts'

const EVIL = `</svg><script>alert(1)</script><img src=x onerror="alert('2')">\u0007`

describe('the report of a fleet', () => {
  const bad = runRecord({
    errors: [{ code: 'CSR_DENIED', attempts: 1, failed: 2, sample: EVIL }],
    settings: { ...runRecord({}).settings, server: `https://${EVIL}`, lab: false },
    certlet: EVIL,
    left: { requests: 1, selectors: [EVIL] },
  })

  it('has every plot, with words for those who do not see it', () => {
    const page = reportPage(bad)
    for (const title of [
      'Arrivals',
      'In flight',
      'Issuance latency over time',
      'as a distribution',
      'Phases of a node',
      'Errors by kind',
    ])
      assert.ok(page.includes(title), title)
    assert.equal(page.match(/<svg /g)?.length, 7)
    assert.equal(page.match(/role="img" aria-label="/g)?.length, 7)
    for (const words of ['meant to begin', 'p99', 'CSR_DENIED', 'ask an approver'])
      assert.ok(page.includes(words), words)
  })

  it('runs nothing, loads nothing, and shows what others said as text', () => {
    const page = reportPage(bad)
    assert.match(page, /content="default-src 'none'; style-src 'unsafe-inline'"/)
    assert.doesNotMatch(page, /<script|<img|<link|<iframe|@import|url\((?!#)|\u0007/i)
    // Inside of a tag, that is; as text it may stand.
    assert.doesNotMatch(page, /<[^>]*\son\w+=/i)
    assert.doesNotMatch(page, /<[^>]*\s([\w:]*href|src)=/i)
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
  })

  it('is dark or light as its reader has it', () => {
    assert.match(reportPage(runRecord({})), /prefers-color-scheme: dark/)
  })

  it('can be made of a run in which nothing happened', () => {
    const empty = { arrivals: [], started: [], issued: [], failed: [], errors: [], inFlight: [], latency: [] }
    const page = reportPage(runRecord({ seconds: empty, wallMs: 0 }))
    assert.equal(page.match(/<svg /g)?.length, 5)
  })
})

describe('results of fleets', () => {
  const folder = temporaryFolder()
  const text = (over: object): string => JSON.stringify({ ...runRecord({}), ...over })

  for (const { title, content, says } of [
    { title: 'is not JSON', content: 'nonsense', says: /it is not JSON/ },
    { title: 'is something else', content: '{"kind":"List"}', says: /not the result of a fleet \(format: / },
    { title: 'has a field that is wrong', content: text({ wallMs: -1 }), says: /wallMs: / },
    {
      title: 'has a histogram that is none',
      content: text({ latency: { ...runRecord({}).latency, client: 'AAAA' } }),
      says: /latency\.client: /,
    },
  ])
    it(`say where a file ${title}`, () => {
      assert.throws(() => readRunRecord(content, 'x.json'), { code: 'USAGE', message: says })
    })

  for (const { title, over, says } of [
    {
      title: 'another seed',
      over: { settings: { ...runRecord({}).settings, seed: 2 } },
      says: /seed is 1 in one and 2/,
    },
    { title: 'another number of shards', over: { of: 3 }, says: /one is of 2 shards, the other of 3/ },
    { title: 'the same shard', over: { shards: [0] }, says: /shard 0\/2 is in both/ },
  ])
    it(`are not joined when they have ${title}`, () => {
      const one = { name: 'a', run: runRecord({ of: 2 }) }
      const other = { name: 'b', run: runRecord({ of: 2, shards: [1], ...over }) }
      assert.throws(() => mergeRuns([one, other]), { code: 'USAGE', message: says })
    })

  it('are joined with errors by kind, and from the first start to the last end', () => {
    const errors = (failed: number): ReturnType<typeof runRecord>['errors'] => [
      { code: 'CSR_DENIED', attempts: 0, failed, sample: 'x' },
    ]
    const one = { name: 'a', run: runRecord({ of: 2, errors: errors(2) }) }
    const later = { startedAt: '2026-11-26T18:00:03.000Z', wallMs: 500 }
    const other = { name: 'b', run: runRecord({ of: 2, shards: [1], errors: errors(3), ...later }) }
    const { errors: joined, wallMs, nodes } = mergeRuns([one, other])
    assert.deepEqual([joined[0]?.failed, wallMs, nodes.joined], [5, 3500, 20])
  })

  it('are compared figure by figure, with what differed in how they were made', () => {
    const slow = runRecord({ wallMs: 2000, settings: { ...runRecord({}).settings, connections: 'shared' } })
    const { figures, differences } = compareRuns(runRecord({}), slow)
    const rate = figures.find(({ figure }) => figure === 'rate')
    assert.deepEqual([rate?.before, rate?.after, rate?.ratio, rate?.verdict], [10, 5, 0.5, 'worse'])
    assert.equal(figures.find(({ figure }) => figure === 'client p50')?.verdict, undefined)
    assert.deepEqual(differences, [{ setting: 'connections', before: 'own', after: 'shared' }])
  })

  it('are compared and drawn by the command', async () => {
    const [a, b] = [folder.file('a.json'), folder.file('b.json')]
    writeFileSync(a, text({}))
    writeFileSync(b, text({ wallMs: 500 }))
    const compared = await certlet(['fleet', 'compare', a, b])
    assert.equal(compared.code, 0, compared.stderr)
    assert.match(compared.stdout, /rate +10\.0\/s +20\.0\/s +×2\.00 +better/)
    const json = await certlet(['fleet', 'compare', a, b, '-o', 'json'])
    assert.deepEqual((JSON.parse(json.stdout) as { differences: unknown[] }).differences, [])
    const missing = await certlet(['fleet', 'compare', a, folder.file('c.json')])
    assert.equal(missing.code, 2)
    assert.match(missing.stderr, /Cannot read ".*c\.json" \(ENOENT\)/)
    const nodes = await certlet(['fleet', 'compare', a, b, '--nodes', '5'])
    assert.equal(nodes.code, 2)
    assert.match(nodes.stderr, /nodes/)
  })
})
