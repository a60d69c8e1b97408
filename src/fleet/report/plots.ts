import { decodedLatencies, latencies, type Latencies } from '../latencies.ts'
import type { RunRecord, Seconds } from '../run-record.ts'
import { type Kind, KINDS, PHASES } from '../tally.ts'
import type { Chart, Colour, Series } from './chart.ts'

/** A plot with its words. */
export interface Plot {
  readonly title: string
  /** What is seen, for those who do not see it. */
  readonly caption: string
  readonly chart: Chart
}

/** Most places on a time axis: longer runs are drawn in longer steps. */
const MOST_PLACES = 120

/** All plots of a run; those of what did not occur are left out. */
export function plotsOf(run: RunRecord): Plot[] {
  const { seconds } = run
  const step = Math.max(1, Math.ceil(seconds.arrivals.length / MOST_PLACES))
  return [
    arrivalsPlot(seconds, step),
    waitingPlot(seconds, step),
    latencyOverTime(seconds, step),
    distribution(run),
    phases(run),
    ...(run.errors.length > 0 ? [errorsOverTime(seconds, step), errorsByKind(run)] : []),
  ]
}

/** Values of each step of the time axis. */
function steps<T>(values: readonly T[], step: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / step) }, (_, at) => values.slice(at * step, (at + 1) * step))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const perSecond = (values: readonly number[], step: number): number[] =>
  steps(values, step).map((part) => sum(part) / part.length)

const timeAxis = ({ arrivals }: Seconds, step: number): Pick<Chart, 'places' | 'xName'> => ({
  places: steps(arrivals, step).map((_, at) => String(at * step)),
  xName: 'seconds since the start',
})

function arrivalsPlot(seconds: Seconds, step: number): Plot {
  const series = (name: string, colour: Colour, values: readonly number[]): Series => ({
    ...{ name, colour },
    values: perSecond(values, step),
  })
  return {
    title: 'Arrivals',
    caption: 'How many a second were meant to begin, began, and had their certificate.',
    chart: {
      kind: 'lines',
      ...timeAxis(seconds, step),
      yName: 'a second',
      series: [
        series('meant to begin', 'orange', seconds.arrivals),
        series('began', 'purple', seconds.started),
        series('issued', 'blue', seconds.issued),
      ],
    },
  }
}

function waitingPlot(seconds: Seconds, step: number): Plot {
  const values = steps(seconds.inFlight, step).map((part) => Math.max(...part))
  return {
    title: 'In flight',
    caption: 'How many were at it at once, at most, in each step of time.',
    chart: {
      kind: 'lines',
      ...timeAxis(seconds, step),
      yName: 'nodes',
      series: [{ name: 'in flight', colour: 'blue', values }],
    },
  }
}

function latencyOverTime(seconds: Seconds, step: number): Plot {
  const each = steps(seconds.latency, step).map((part) => {
    const all = latencies(2)
    for (const encoded of part) if (encoded !== null) all.add(decodedLatencies(encoded))
    return all
  })
  const series = (name: string, colour: Colour, share: number): Series => ({
    ...{ name, colour },
    values: each.map((all) => (all.count === 0 ? null : rounded(all.at(share)))),
  })
  return {
    title: 'Issuance latency over time',
    caption: 'From the intended start to the checked certificate, by the moment at which it was there.',
    chart: {
      kind: 'lines',
      ...timeAxis(seconds, step),
      yName: 'ms',
      series: [series('p50', 'green', 0.5), series('p90', 'orange', 0.9), series('p99', 'red', 0.99)],
    },
  }
}

const KIND_COLOURS: Record<Kind, Colour> = { client: 'blue', serving: 'orange', rotation: 'green' }

/** Bounds of the ranges of a distribution, ms: ten to a factor of ten, rounded so that they read well. */
function boundsFor(all: readonly Latencies[]): number[] {
  const longest = Math.max(...all.map(({ longestMs }) => longestMs))
  const shortest = Math.min(...all.filter(({ count }) => count > 0).map((one) => one.at(0)))
  const first = Math.floor(10 * Math.log10(Math.max(0.1, shortest)))
  const last = Math.max(first, Math.ceil(10 * Math.log10(Math.max(0.1, longest))))
  return Array.from({ length: last - first + 1 }, (_, at) => Number((10 ** ((first + at) / 10)).toPrecision(2)))
}

function distribution({ latency }: RunRecord): Plot {
  const all = KINDS.map((kind) => ({ kind, values: decodedLatencies(latency[kind]) })).filter(
    ({ values }) => values.count > 0,
  )
  const bounds = all.length === 0 ? [] : boundsFor(all.map(({ values }) => values))
  return {
    title: 'Issuance latency as a distribution',
    caption:
      'How many certificates took up to so long, from the intended start; each range is a quarter longer than the one before.',
    chart: {
      kind: 'bars',
      stacked: true,
      places: bounds.map(lengthText),
      xName: 'up to',
      yName: 'certificates',
      series: all.map(({ kind, values }) => ({ name: kind, colour: KIND_COLOURS[kind], values: values.bins(bounds) })),
    },
  }
}

function phases({ phases: encoded }: RunRecord): Plot {
  const all = PHASES.map((phase) => ({ phase, values: decodedLatencies(encoded[phase]) }))
  const series = (name: string, colour: Colour, share: number): Series => ({
    ...{ name, colour },
    values: all.map(({ values }) => rounded(values.at(share) * 1000)),
  })
  return {
    title: 'Phases of a node',
    caption:
      'Where the time goes: until a node begins, until the request is made, until it is approved, until it is signed and delivered, until it is checked. On a scale on which each step is ten times the one before.',
    chart: {
      kind: 'bars',
      logarithmic: (us) => lengthText(us / 1000),
      places: all.map(({ phase }) => phase),
      xName: 'phase',
      yName: 'time',
      series: [series('p50', 'green', 0.5), series('p90', 'orange', 0.9), series('p99', 'red', 0.99)],
    },
  }
}

function errorsOverTime(seconds: Seconds, step: number): Plot {
  return {
    title: 'Errors over time',
    caption: 'Failed attempts a second, those that were tried again among them, and nodes that gave up.',
    chart: {
      kind: 'lines',
      ...timeAxis(seconds, step),
      yName: 'a second',
      series: [
        { name: 'failed attempts', colour: 'orange', values: perSecond(seconds.errors, step) },
        { name: 'gave up', colour: 'red', values: perSecond(seconds.failed, step) },
      ],
    },
  }
}

function errorsByKind({ errors }: RunRecord): Plot {
  return {
    title: 'Errors by kind',
    caption: 'What failed, by certlet’s own code.',
    chart: {
      kind: 'bars',
      stacked: true,
      places: errors.map(({ code }) => code),
      xName: 'code',
      yName: 'attempts',
      series: [
        { name: 'tried again', colour: 'orange', values: errors.map(({ attempts }) => attempts) },
        { name: 'gave up', colour: 'red', values: errors.map(({ failed }) => failed) },
      ],
    },
  }
}

const rounded = (ms: number): number => Number(ms.toPrecision(3))

function lengthText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Number((ms / 1000).toPrecision(2))} s`
}
