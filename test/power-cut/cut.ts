import { nodePlace, type NodePlace } from '../crash/node-place.ts'
import { type Scenario, startAgain } from '../crash/scenario.ts'
import { faultsAtLast, faultsAtOnce, proofs, type Reference } from '../crash/verdict.ts'
import { csrs } from '../support/command.ts'
import { imageOf } from '../support/folder-image.ts'
import { type StateAfterCut, statesAfterCut } from './after-a-cut.ts'
import { type Recorded, recordingDisk } from './recording-disk.ts'

/** What the API server had done. */
export interface ServerSide {
  /** Whether it had the request. */
  readonly requested: boolean
  /** Whether it had accepted the credential. */
  readonly proven: boolean
}

/** A life of the command, written down. */
export interface Recording extends AsyncDisposable {
  readonly scenario: Scenario
  readonly reference: Reference
  readonly operations: readonly Recorded<ServerSide>[]
  /** What a power cut may leave while these are done, in an order in which the lab can be put into each. */
  statesOf(operations: readonly Recorded<ServerSide>[]): StateAfterCut<ServerSide>[]
  /** Starts from a state that a power cut left. @returns what is not as it should be; empty: survived. */
  startFrom(state: StateAfterCut<ServerSide>): Promise<string[]>
}

export async function record(scenario: Scenario): Promise<Recording> {
  await using opening = new AsyncDisposableStack()
  const place = opening.use(await nodePlace())
  await scenario.prepare(place)
  const before = place.image()
  await place.reset(before)
  const proven = proofs(place)
  const earlier = place.lab.requests.length
  const operations = await recordRun(scenario, place, () => ({
    requested: place.lab.requests
      .slice(earlier)
      .some(
        ({ verb, resource, status }) =>
          verb === 'create' && resource === 'certificatesigningrequests' && status === 201,
      ),
    proven: proven(),
  }))
  const reference: Reference = { before, after: imageOf(place.folder) }
  const faults = await faultsAtLast(place, scenario, reference)
  if (faults.length > 0) throw new Error(`${scenario.name} fails without a power cut: ${faults.join('; ')}`)
  const [request] = await csrs(place.lab)
  const original = request?.metadata.name ?? ''
  const opened = opening.move()
  return {
    scenario,
    reference,
    operations,
    // Those with the request first: it can be taken away, but not made again.
    statesOf: (done) =>
      statesAfterCut(before, done).sort(
        (one, other) => Number(other.context.requested) - Number(one.context.requested),
      ),
    startFrom: async ({ image, context }) => {
      await place.reset(image, context.requested ? [original] : [])
      const faults = await faultsAtOnce(place, scenario, reference, context.proven)
      const { code, text } = await startAgain(scenario, place)
      if (code !== 0) faults.push(`started again, it ended with ${code}: ${text}`)
      return [...faults, ...(await faultsAtLast(place, scenario, reference))]
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function recordRun(
  scenario: Scenario,
  place: NodePlace,
  context: () => ServerSide,
): Promise<readonly Recorded<ServerSide>[]> {
  using disk = recordingDisk(place.folder, context)
  const { code, text } = await startAgain(scenario, place)
  if (code !== 0) throw new Error(text)
  return disk.operations
}
