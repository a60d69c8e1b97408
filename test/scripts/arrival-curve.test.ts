import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { compare, curve, figures, POWER_CUT } from '../../scripts/arrival-curve.ts'

describe('many nodes after a power cut', () => {
  const { certlet, kubelet } = compare({ ...POWER_CUT, nodes: 1_000, perSecond: 50 })

  it('are all served, by either policy', () => {
    for (const { allSeconds } of [certlet, kubelet]) assert.ok(Number.isFinite(allSeconds))
  })

  it('come at a tenth of the kubelet’s peak, and with a third of its calls at most', () => {
    assert.ok(certlet.peak * 10 < kubelet.peak, `${certlet.peak} against ${kubelet.peak}`)
    assert.ok(certlet.calls * 3 < kubelet.calls, `${certlet.calls} against ${kubelet.calls}`)
  })

  it('make one request each, and half of them are done sooner than with the kubelet’s schedule', () => {
    assert.equal(certlet.requests, 1_000)
    assert.ok(kubelet.requests > 1_000)
    assert.ok(certlet.halfSeconds < kubelet.halfSeconds)
  })

  it('leave an API server alone that has less capacity than they want', () => {
    const tight = compare({ ...POWER_CUT, nodes: 1_000, perSecond: 20 })
    assert.ok(Number.isFinite(tight.certlet.allSeconds))
    assert.ok(tight.certlet.refused * 5 < tight.kubelet.refused)
    assert.ok(tight.certlet.allSeconds < tight.kubelet.allSeconds)
  })

  it('do the same at every run of one seed', () => {
    assert.deepEqual(
      compare({ ...POWER_CUT, nodes: 200, perSecond: 10 }),
      compare({ ...POWER_CUT, nodes: 200, perSecond: 10 }),
    )
  })
})

describe('the page on back-off', () => {
  const comparison = compare(POWER_CUT)
  const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

  it('has the figures of the simulation', () => {
    assert.ok(read('back-off.md').includes(figures(comparison)), 'run node scripts/arrival-curve.ts and copy its table')
  })

  it('has its curve', () => {
    const svg = curve(comparison, POWER_CUT)
    assert.ok(svg.startsWith('<svg'))
    for (const words of ['certlet', 'kubelet', 'server back', 'calls per second']) assert.ok(svg.includes(words))
    assert.ok(read('arrival-curve.svg') === svg, 'run node scripts/arrival-curve.ts')
    assert.ok(curve(comparison, POWER_CUT) === svg, 'it is the same however many charts were drawn before')
  })
})
