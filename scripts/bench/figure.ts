/** Figures, how they are shown, and how they are compared with earlier ones. */

/** One measured number. */
export interface Figure {
  /** What was measured, unique within a run: `lab.ready.median`. */
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Between which bounds the middle half of the rounds lies, where there were rounds. */
  readonly half?: readonly [number, number]
  /** What it should be at most or at least. Nothing fails when it is not: the table says so. */
  readonly budget?: Budget
}

export type Budget = { readonly most: number } | { readonly least: number }

/** How much is measured. */
export interface Extent {
  /** How often things are timed; each section has its own number unless set. */
  readonly rounds?: number | undefined
  /** As little as can be, to see that a section works. Nothing is to be learned from its figures. */
  readonly tiny?: boolean | undefined
}

/** Something to measure, by the name it is chosen with. */
export interface Section {
  readonly name: string
  readonly about: string
  measure(extent: Extent): Promise<Figure[]>
}

/** Whether a figure keeps to its budget; undefined where it has none. */
export function isMet({ value, budget }: Figure): boolean | undefined {
  if (budget === undefined) return undefined
  return 'most' in budget ? value <= budget.most : value >= budget.least
}

/** A table for people. @param before - figures of an earlier run, shown as ratios. */
export function table(figures: readonly Figure[], before: readonly Figure[] = []): string {
  const rows = figures.map((figure) => {
    const old = before.find(({ name }) => name === figure.name)
    return [
      figure.name,
      `${round(figure.value)} ${figure.unit}${halfText(figure)}`,
      budgetText(figure),
      old === undefined || old.value === 0 ? '' : `×${(figure.value / old.value).toFixed(2)}`,
    ]
  })
  const all = [['figure', 'value', 'budget', before.length > 0 ? 'to before' : ''], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map(
      (row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd() + '\n',
    )
    .join('')
}

function halfText({ half }: Figure): string {
  return half === undefined ? '' : ` (${half.map(round).join('–')})`
}

function budgetText(figure: Figure): string {
  if (figure.budget === undefined) return ''
  const bound = 'most' in figure.budget ? `<= ${figure.budget.most}` : `>= ${figure.budget.least}`
  return `${bound} ${isMet(figure) ? 'met' : 'MISSED'}`
}

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** The middle of a list; 0 of none. */
export function median(values: readonly number[]): number {
  return at(values, 1 / 2)
}

/** Between which values the middle half of a list lies. */
export function middleHalf(values: readonly number[]): [number, number] {
  return [at(values, 1 / 4), at(values, 3 / 4)]
}

function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0
}
