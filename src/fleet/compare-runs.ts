import { figuresOf } from './figures.ts'
import type { RunRecord } from './run-record.ts'

/** One figure of two runs. */
export interface Compared {
  readonly figure: string
  readonly unit: string
  readonly before: number
  readonly after: number
  /** `after` as a multiple of `before`; null where that says nothing. */
  readonly ratio: number | null
  /** Undefined where neither more nor less is better, or nothing has changed by more than a twentieth. */
  readonly verdict: 'better' | 'worse' | undefined
}

/** A setting in which two runs differ: their figures then differ by it as well. */
export interface Difference {
  readonly setting: string
  readonly before: string
  readonly after: string
}

export interface Comparison {
  readonly differences: readonly Difference[]
  readonly figures: readonly Compared[]
}

/** Less than this is chance: the share by which a figure has to change. */
const NOTICEABLE = 0.05

export function compareRuns(before: RunRecord, after: RunRecord): Comparison {
  const old = new Map(figuresOf(before).map((figure) => [figure.name, figure]))
  const figures = figuresOf(after).flatMap(({ name, unit, value, better }): Compared[] => {
    const was = old.get(name)?.value
    if (was === undefined) return []
    const ratio = was === 0 ? null : value / was
    const changed = ratio === null ? value !== 0 : Math.abs(ratio - 1) > NOTICEABLE
    const verdict =
      !changed || better === undefined ? undefined : value > was === (better === 'more') ? 'better' : 'worse'
    return [{ figure: name, unit, before: was, after: value, ratio, verdict }]
  })
  return { differences: differencesOf(before, after), figures }
}

function differencesOf(before: RunRecord, after: RunRecord): Difference[] {
  const all = (run: RunRecord): Record<string, string> => {
    const { server: _server, ...settings } = run.settings
    const given: Record<string, unknown> = {
      ...settings,
      shards: run.of,
      interrupted: run.interrupted,
      certlet: run.certlet,
    }
    return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]))
  }
  const [was, is] = [all(before), all(after)]
  return Object.keys(is)
    .filter((setting) => was[setting] !== is[setting])
    .map((setting) => ({ setting, before: was[setting] ?? '', after: is[setting] ?? '' }))
}
