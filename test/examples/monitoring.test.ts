import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { load } from 'js-yaml'
import { type AgentMetrics, agentMetrics } from '../../src/service/metrics.ts'
import { manualClock } from '../support/manual-clock.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string): string => readFileSync(`${root}${name}`, 'utf8')

interface Rule {
  alert: string
  expr: string
  labels: { severity: string }
  annotations: { summary: string; description: string }
}
const rules = (load(read('examples/prometheus/certlet.rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
const dashboard = JSON.parse(read('examples/grafana/certlet.json')) as {
  panels: { id: number; title: string; targets: { expr: string }[] }[]
}

describe('monitoring', () => {
  let metrics: AgentMetrics
  before(async () => {
    metrics = await agentMetrics({ clock: manualClock(), version: '1.2.3' })
  })

  /** Names in a text that are not metrics; a histogram's have a suffix. */
  function unknownNames(text: string): string[] {
    const names = new Set(text.match(/\b(certlet|kubelet)_[a-z_]+[a-z]\b/g) ?? [])
    assert.ok(names.size > 0, text)
    const known = (name: string): boolean =>
      metrics.names.includes(name) || metrics.names.includes(name.replace(/_(bucket|sum|count)$/, ''))
    return [...names].filter((name) => !known(name))
  }

  describe('the alert rules', () => {
    for (const { alert, expr, labels, annotations } of rules) {
      it(`${alert} asks only for metrics that there are, and says what to do`, () => {
        assert.deepEqual(unknownNames(expr), [])
        assert.match(labels.severity, /^(critical|warning)$/)
        assert.ok(annotations.summary && annotations.description)
      })
    }

    it('are sound and fire when they should, by promtool', function () {
      if (spawnSync('promtool', ['--version']).status !== 0) this.skip()
      for (const args of [
        ['check', 'rules', 'certlet.rules.yaml'],
        ['test', 'rules', 'certlet.test.yaml'],
      ]) {
        const { status, stdout, stderr } = spawnSync('promtool', args, {
          cwd: `${root}examples/prometheus`,
          encoding: 'utf8',
        })
        assert.equal(status, 0, stdout + stderr)
      }
    })
  })

  describe('the dashboard', () => {
    for (const { title, targets } of dashboard.panels) {
      it(`"${title}" asks only for metrics that there are`, () => {
        for (const { expr } of targets) assert.deepEqual(unknownNames(expr), [])
      })
    }

    it('gives each panel a number of its own', () => {
      assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
    })
  })

  it('has every metric on its page, and no other', () => {
    const table = read('docs/observability.md').match(/^\| `((certlet|kubelet)_[a-z_]+)`/gm) ?? []
    const documented = table.map((row) => row.slice(3, -1))
    assert.deepEqual(documented.sort(), [...metrics.names].sort())
  })

  it('has every alert on its page', () => {
    const page = read('docs/observability.md')
    for (const { alert } of rules) assert.ok(page.includes(`\`${alert}\``), alert)
  })

  it('has its page of metrics read by promtool without a complaint about form', async function () {
    if (spawnSync('promtool', ['--version']).status !== 0) this.skip()
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await metrics.page(),
      encoding: 'utf8',
    })
    // The kubelet's own names for its counters lack _total; they are what alerts ask for.
    const complaints = (stdout + stderr).split('\n').filter((line) => line !== '' && !line.startsWith('kubelet_'))
    assert.deepEqual(complaints, [])
  })
})
