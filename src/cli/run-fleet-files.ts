import { readFileSync } from 'node:fs'
import { CertletError } from '../errors.ts'
import { type Compared, compareRuns, type Comparison } from '../fleet/compare-runs.ts'
import type { RunFigure } from '../fleet/figures.ts'
import { mergeRuns } from '../fleet/merge-runs.ts'
import { readRunRecord, type RunRecord } from '../fleet/run-record.ts'
import type { Flags } from './command.ts'
import { tableLines } from './columns.ts'
import { textOf } from './common-flags.ts'
import { presentRun, writeRunFiles } from './fleet-output.ts'
import { latencyText } from './fleet-summary.ts'
import { formatted } from './formatted.ts'
import { type Paint, paintOf } from './paint.ts'
import { printable } from './printable.ts'
import type { World } from './world.ts'

/** `certlet fleet merge`. @throws CertletError USAGE */
export async function runFleetMerge(flags: Flags, world: World): Promise<number> {
  const paths = flags['paths'] as readonly string[]
  const record = mergeRuns(paths.map((path) => ({ name: printable(path), run: runIn(path) })))
  await writeRunFiles(record, { out: textOf(flags, 'out'), report: textOf(flags, 'report') })
  world.stdout.write(presentRun(record, flags, world))
  return 0
}

/** `certlet fleet compare`. @throws CertletError USAGE */
export function runFleetCompare(flags: Flags, world: World): Promise<number> {
  const [before, after] = [runIn(textOf(flags, 'before') ?? ''), runIn(textOf(flags, 'after') ?? '')]
  const comparison = compareRuns(before, after)
  world.stdout.write(
    flags['output'] === 'json'
      ? formatted(comparison, 'json')
      : describeComparison(comparison, { width: world.stdout.columns, paint: paintOf(world.stdout) }),
  )
  return Promise.resolve(0)
}

function runIn(path: string): RunRecord {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    throw new CertletError('USAGE', `Cannot read "${printable(path)}" (${code})`)
  }
  return readRunRecord(text, printable(path))
}

function describeComparison(
  { differences, figures }: Comparison,
  { width, paint }: { readonly width: number | undefined; readonly paint: Paint },
): string {
  const head = ['FIGURE', 'BEFORE', 'AFTER', 'RATIO', '']
  const rows = figures.map(({ figure, unit, before, after, ratio, verdict }) => [
    figure,
    ...[before, after].map((value) => valueText(value, unit as RunFigure['unit'])),
    ratio === null ? '' : `×${ratio.toFixed(2)}`,
    verdict ?? '',
  ])
  const tones = { better: 'good', worse: 'bad' } as const
  const table = tableLines([head, ...rows], {
    width,
    paint: (cell, _column, row) => {
      const verdict: Compared['verdict'] = figures[row - 1]?.verdict
      return row === 0 ? paint('title', cell) : verdict ? paint(tones[verdict], cell) : cell
    },
  })
  const notes = differences.map(({ setting, before, after }) => `note: ${setting} was ${before} and is ${after}`)
  return [...table, ...(notes.length > 0 ? ['', ...notes.map(printable)] : []), ''].join('\n')
}

function valueText(value: number, unit: RunFigure['unit']): string {
  switch (unit) {
    case 'ms':
      return latencyText(value)
    case 'share':
      return `${Math.round(value * 100)} %`
    case 'MiB':
      return `${value.toFixed(0)} MiB`
    case 'per second':
      return `${value.toFixed(1)}/s`
    case 'nodes':
    case 'certificates':
    case 'errors':
      return String(value)
  }
}
