import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describePoint, type Point } from './fault.ts'
import type { Outcome } from './strike.ts'

/** What is known of the points of one state of the command: a file of JSON lines, so that a run may end anywhere. */
export interface PointRecord {
  readonly known: (scenario: string, point: Point) => Outcome | undefined
  readonly add: (scenario: string, outcome: Outcome) => void
}

/** The first line: what the outcomes are of. */
interface Head {
  readonly command: string
  readonly node: string
}

interface Line {
  readonly scenario: string
  readonly outcome: Outcome
}

/**
 * Opens a record, or begins one.
 * @param command - a digest of the command that is tried.
 * @throws if the file is of another command or another Node.js: their outcomes make no figure together.
 */
export function openRecord(file: string, command: string, node = process.versions.node): PointRecord {
  const head: Head = { command, node }
  const outcomes = new Map<string, Outcome>()
  const key = (scenario: string, point: Point): string => `${scenario}: ${describePoint(point)}`
  if (existsSync(file)) {
    const [first = '', ...lines] = readFileSync(file, 'utf8').split('\n')
    if (first !== JSON.stringify(head)) {
      throw new Error(`${file} has outcomes of another build of certlet, or of another Node.js: begin another file`)
    }
    // The last line, which a kill has cut off, is a point that will be tried again.
    const whole = lines.slice(0, -1)
    for (const { scenario, outcome } of whole.map((line) => JSON.parse(line) as Line)) {
      outcomes.set(key(scenario, outcome.point), outcome)
    }
    writeFileSync(file, [first, ...whole, ''].join('\n'))
  } else {
    writeFileSync(file, `${JSON.stringify(head)}\n`)
  }
  return {
    known: (scenario, point) => outcomes.get(key(scenario, point)),
    add: (scenario, outcome) => {
      outcomes.set(key(scenario, outcome.point), outcome)
      appendFileSync(file, `${JSON.stringify({ scenario, outcome } satisfies Line)}\n`)
    },
  }
}

/** Of all that is in dist/, the commit among it. */
export function commandDigest(folder = fileURLToPath(new URL('../../dist/', import.meta.url))): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
    if (statSync(folder + name).isFile()) hash.update(`${name}\0`).update(readFileSync(folder + name))
  return hash.digest('hex')
}
