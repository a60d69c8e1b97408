import { type Change, changesBetween, readResult } from '../probe/report/changes.ts'
import { tableLines } from './columns.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { paintOf, type Tone } from './paint.ts'
import { printable } from './printable.ts'
import { fileText, understood } from './probe-suites.ts'
import { DIFFERENT } from './run-probe.ts'
import type { World } from './world.ts'

/** `certlet probe diff`. @returns 0 if both runs found the same, 10 if not. @throws CertletError USAGE */
export function runProbeDiff(flags: Flags, world: World): Promise<number> {
  const [before, after] = ['before', 'after'].map((name) => {
    const path = textOf(flags, name) ?? ''
    const doing = `Cannot use "${path}"`
    return understood('Cannot use the run', () =>
      readResult(fileText(path, doing, '`certlet probe --out FILE` writes one'), path),
    )
  })
  const changes = before && after ? changesBetween(before, after) : []
  world.stdout.write(flags['output'] === 'text' ? described(changes, world) : formatted(changes, flags['output']))
  return Promise.resolve(changes.length === 0 ? 0 : DIFFERENT)
}

const WORDS: Readonly<Record<Change['kind'], { word: string; tone: Tone }>> = {
  broken: { word: 'as expected before', tone: 'bad' },
  mended: { word: 'as expected now', tone: 'good' },
  other: { word: 'changed', tone: 'warning' },
  new: { word: 'not in the first', tone: 'faint' },
  gone: { word: 'not in the second', tone: 'faint' },
}

function described(changes: readonly Change[], { stdout }: World): string {
  if (changes.length === 0) return 'Both runs found the same.\n'
  const paint = paintOf(stdout)
  const rows = changes.map(({ suite, name, before = '', after = '', kind }) => [
    printable(`${suite}/${name}`),
    before,
    after,
    WORDS[kind].word,
  ])
  const lines = tableLines([['CASE', 'BEFORE', 'AFTER', ''], ...rows], {
    width: stdout.columns,
    paint: (cell, column, row) => {
      const change = changes[row - 1]
      if (!change) return paint('faint', cell)
      return column === 3 ? paint(WORDS[change.kind].tone, cell) : cell
    },
  })
  return `${lines.join('\n')}\n`
}
