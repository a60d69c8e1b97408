import { type Scenario, scenarios } from '../crash/scenario.ts'
import { record } from './cut.ts'
import { describeOperation } from './recording-disk.ts'

/** What came of the power cuts in one life. */
export interface CutFigures {
  readonly scenario: string
  readonly operations: number
  readonly states: number
  /** The states that were not survived. */
  readonly lost: readonly string[]
}

/** Starts from every state that a power cut may leave. */
export async function tryCuts(some: readonly Scenario[] = scenarios): Promise<CutFigures[]> {
  const all: CutFigures[] = []
  for (const scenario of some) {
    await using recording = await record(scenario)
    const { operations } = recording
    const states = recording.statesOf(operations)
    const lost: string[] = []
    for (const state of states) {
      const last = operations[state.operations - 1]
      const faults = await recording.startFrom(state)
      if (faults.length > 0) lost.push(`after ${last ? describeOperation(last) : 'nothing'}: ${faults.join('; ')}`)
    }
    all.push({ scenario: scenario.name, operations: operations.length, states: states.length, lost })
  }
  return all
}
