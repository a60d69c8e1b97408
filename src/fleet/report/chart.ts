import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

/** Grey and colours that read on white and on black. */
export const GREY = '#808790'
export const COLOURS = {
  blue: '#2f81f7',
  orange: '#d9730d',
  green: '#2da44e',
  red: '#e5534b',
  purple: '#986ee2',
} as const
export type Colour = keyof typeof COLOURS

/** One line, or the bars of one kind. */
export interface Series {
  readonly name: string
  readonly colour: Colour
  /** Gaps where there is nothing. */
  readonly values: readonly (number | null)[]
}

export interface Chart {
  readonly kind: 'lines' | 'bars'
  readonly series: readonly Series[]
  /** What stands below each place. */
  readonly places: readonly string[]
  readonly xName: string
  readonly yName: string
  /** A scale on which each step is ten times the one before, from 1 on; labels by this function. */
  readonly logarithmic?: (value: number) => string
  /** Bars of all series on each other, else beside each other. */
  readonly stacked?: boolean
}

const WIDTH = 860
const HEIGHT = 300

/** A plot as SVG, without a background, a script or anything from elsewhere. */
export function svgOf(chart: Chart): string {
  use([LineChart, BarChart, GridComponent, LegendComponent, SVGRenderer])
  const drawn = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  const text = { color: GREY, fontSize: 12 }
  const axis = {
    nameTextStyle: text,
    axisLabel: { ...text, hideOverlap: true },
    axisLine: { lineStyle: { color: GREY } },
  }
  drawn.setOption({
    animation: false,
    textStyle: { fontFamily: 'sans-serif' },
    legend: {
      show: chart.series.length > 1,
      top: 0,
      itemGap: 28,
      textStyle: { ...text, fontSize: 13 },
      selectedMode: false,
    },
    grid: { left: 70, right: 20, top: 36, bottom: 46 },
    xAxis: {
      ...axis,
      type: 'category',
      name: chart.xName,
      nameLocation: 'middle',
      nameGap: 28,
      data: [...chart.places],
      boundaryGap: chart.kind === 'bars',
      axisTick: { show: false },
    },
    yAxis: {
      ...axis,
      type: chart.logarithmic ? 'log' : 'value',
      name: chart.yName,
      nameTextStyle: { ...text, align: 'left' },
      ...(chart.logarithmic && { min: 1, axisLabel: { ...text, formatter: chart.logarithmic } }),
      splitLine: { lineStyle: { color: GREY, opacity: 0.25 } },
    },
    series: chart.series.map((series) => seriesOf(series, chart)),
  })
  const svg = drawn.renderToSVGString()
  drawn.dispose()
  return svg
}

function seriesOf({ name, colour, values }: Series, { kind, stacked, logarithmic }: Chart): object {
  const color = COLOURS[colour]
  // Nothing has no place on a logarithmic scale.
  const data = values.map((value) => (logarithmic && (value ?? 0) < 1 ? null : value))
  return kind === 'lines'
    ? {
        name,
        type: 'line',
        silent: true,
        showSymbol: lonely(data),
        symbolSize: 5,
        lineStyle: { width: 1.8, color },
        itemStyle: { color },
        data,
      }
    : {
        name,
        type: 'bar',
        silent: true,
        itemStyle: { color },
        barMaxWidth: 28,
        barCategoryGap: '15%',
        ...(stacked && { stack: 'all' }),
        data,
      }
}

/** Whether a line would not be seen, because no two of its points stand side by side. */
function lonely(data: readonly (number | null)[]): boolean {
  return !data.some((value, at) => value !== null && (data[at + 1] ?? null) !== null)
}
