// Writes docs/arrival-curve.svg and prints the figures of docs/back-off.md: 10,000 nodes after a power cut.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { init, use } from 'echarts/core'
import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components'
import { SVGRenderer } from 'echarts/renderers'
import { certletPolicy, kubeletPolicy } from './arrival-curve/policies.ts'
import { type Outcome, type Scenario, simulate } from './arrival-curve/simulation.ts'

/** The scenario of the page: the control plane needs 90 s, and then serves 500 calls a second. */
export const POWER_CUT: Scenario = { nodes: 10_000, bootSeconds: 20, serverBackSeconds: 90, perSecond: 500, seed: 1 }

export interface Comparison {
  readonly certlet: Outcome
  readonly kubelet: Outcome
}

export function compare(scenario: Scenario): Comparison {
  return { certlet: simulate(scenario, certletPolicy), kubelet: simulate(scenario, kubeletPolicy) }
}

/** The figures as the table of docs/back-off.md. */
export function figures({ certlet, kubelet }: Comparison): string {
  const whole = (value: number): string => Math.round(value).toLocaleString('en')
  const rows: [string, (outcome: Outcome) => string][] = [
    ['most calls in one second, once the server is back', ({ peak }) => whole(peak)],
    ['calls in all', ({ calls }) => whole(calls)],
    ['refused with 429', ({ refused }) => whole(refused)],
    ['timed out', ({ timedOut }) => whole(timedOut)],
    ['certificate signing requests made', ({ requests }) => whole(requests)],
    ['half of the nodes done after', ({ halfSeconds }) => `${whole(halfSeconds)} s`],
    ['all nodes done after', ({ allSeconds }) => `${whole(allSeconds)} s`],
  ]
  const lines = rows.map(([name, value]) => `| ${name} | ${value(certlet)} | ${value(kubelet)} |`)
  return ['| | certlet | kubelet |', '| --- | ---: | ---: |', ...lines].join('\n')
}

/** Grey that reads on white and on black; so do the two colours. */
const GREY = '#808790'
const COLOURS = { certlet: '#2f81f7', kubelet: '#d9730d' }

/** The curve of both, as SVG without a background. */
export function curve({ certlet, kubelet }: Comparison, { serverBackSeconds, perSecond }: Scenario): string {
  use([LineChart, GridComponent, LegendComponent, MarkLineComponent, SVGRenderer])
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 380 })
  const line = (name: keyof typeof COLOURS, { arrivals }: Outcome): object => ({
    name,
    type: 'line',
    showSymbol: false,
    lineStyle: { width: 1.8, color: COLOURS[name] },
    itemStyle: { color: COLOURS[name] },
    data: arrivals.map((count, second) => [second, count]),
  })
  const text = { color: GREY, fontSize: 12 }
  const axis = { nameTextStyle: text, axisLabel: text, axisLine: { lineStyle: { color: GREY } } }
  const marks = {
    silent: true,
    symbol: 'none',
    lineStyle: { color: GREY, type: 'dashed' },
    data: [
      { xAxis: serverBackSeconds, label: { formatter: 'server back', color: GREY, position: 'end' } },
      { yAxis: perSecond, label: { formatter: 'its capacity', color: GREY, position: 'insideEndTop' } },
    ],
  }
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: 'sans-serif' },
    legend: { top: 0, textStyle: { ...text, fontSize: 13 }, data: ['certlet', 'kubelet'] },
    grid: { left: 64, right: 24, top: 52, bottom: 48 },
    xAxis: {
      ...axis,
      type: 'value',
      name: 'seconds since the first node has started',
      nameLocation: 'middle',
      nameGap: 30,
      max: 400,
      splitLine: { show: false },
    },
    yAxis: {
      ...axis,
      type: 'value',
      name: 'calls per second',
      splitLine: { lineStyle: { color: GREY, opacity: 0.25 } },
    },
    series: [line('kubelet', kubelet), { ...line('certlet', certlet), markLine: marks }],
  })
  const svg = renumbered(chart.renderToSVGString())
  chart.dispose()
  return svg
}

/** Charts of one process and their classes are numbered on; a picture does not depend on the ones before. */
function renumbered(svg: string): string {
  const names = new Map<string, string>()
  return svg.replaceAll(/\bzr\d+-([a-z]+)[-\d]+/g, (name, kind: string) => {
    const renumbered = names.get(name) ?? `zr-${kind}-${names.size}`
    names.set(name, renumbered)
    return renumbered
  })
}

if (import.meta.main) {
  const comparison = compare(POWER_CUT)
  console.log(figures(comparison))
  writeFileSync(fileURLToPath(new URL('../docs/arrival-curve.svg', import.meta.url)), curve(comparison, POWER_CUT))
}
