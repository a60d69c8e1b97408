import type { RotationOutcome } from '../agent/keeper.ts'
import { outcomeAsMessage } from '../control/messages.ts'
import type { Purpose } from '../csr/constants.ts'
import { columns } from './columns.ts'

/** How each rotation that was asked for ended. */
export type Rotations = Readonly<Partial<Record<Purpose, RotationOutcome>>>

/** For people. */
export function describeRotations(rotations: Rotations): string {
  return columns(Object.entries(rotations).flatMap(([purpose, outcome]) => rowsOf(purpose, outcome)))
}

function rowsOf(purpose: string, outcome: RotationOutcome): (readonly [string, string])[] {
  if (outcome.kind === 'failed') return [[purpose, 'not rotated; the credential that was in use stays']]
  const { notBefore, notAfter, rotateAt, serial, names } = outcome.certificate
  return [
    [purpose, `rotated, ${moment(notBefore)} to ${moment(notAfter)}`],
    ['serial', serial],
    ...(names.length > 0 ? [['names', names.join(', ')] as const] : []),
    ['next', moment(rotateAt)],
  ]
}

/** For programs. Its fields are API: docs/run.md. */
export function rotationsAsJson(rotations: Rotations): string {
  const messages = Object.entries(rotations).map(([purpose, outcome]) => [purpose, outcomeAsMessage(outcome)])
  return `${JSON.stringify(Object.fromEntries(messages), null, 2)}\n`
}

function moment(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
