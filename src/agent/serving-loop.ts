import { CertletError, unreachable } from '../errors.ts'
import { sanDifference, type SubjectAltNames } from '../identity/subject-alt-names.ts'
import type { ClientLoop } from './client-loop.ts'
import { becauseOf, pemOf, reportOf, rotatedEvent } from './in-use.ts'
import type { Judged, Usable } from './judge.ts'
import { LONGEST_HOP_MS, pause, rest, takeTurns } from './keeper.ts'
import { type LoopParts, turnsOf } from './loop-parts.ts'
import { nextServingStep } from './next-serving-step.ts'
import type { NodeView } from './node-watch.ts'
import { certificateReport } from './reporter.ts'
import { rotationDue } from './rotation-due.ts'
import { drawOf } from './rotation.ts'
import { namesAreGiven, wantedNames } from './serving-names.ts'
import { hasOpenRequest, isUnfinished, lookAtServing, requestServing, tidyUpServing } from './serving-steps.ts'
import type { ServingSettings } from './settings.ts'
import type { Task } from './task.ts'

/** How often a machine without an address is looked at again, ms. */
const NO_ADDRESS_MS = 10_000

/**
 * The serving credential's life.
 * @param node - what the Node object says by now; asked at each turn.
 * @throws as takeTurns.
 */
export function serveForEver(
  parts: LoopParts,
  { serving, client, node }: { serving: ServingSettings; client: ClientLoop; node: () => NodeView },
): Promise<never> {
  const { settings, context, keeper, reporter, own } = parts
  const { clock } = context
  const turns = turnsOf(parts)
  const due = rotationDue(context)
  /** The certificate whose being in use was said last. */
  let announced = ''

  const turn = async (signal: AbortSignal): Promise<void> => {
    const task = turns.begin(signal)
    const current = lookAtServing(task)
    const report = reportOf(current)
    reporter.update('serving', { certificate: report, ready: current.kind === 'usable' })
    const sleep = (ms: number): Promise<void> => pause(clock.sleep(ms, signal), signal)

    if (!client.accepted) {
      turns.note(NO_CLIENT)
      return sleep(LONGEST_HOP_MS)
    }
    const view = node()
    if (view.kind === 'unknown') return sleep(LONGEST_HOP_MS) // the bell rings when it is known
    const names = namesFor(view, task, serving)
    if (names instanceof CertletError) {
      turns.note(names)
      keeper.settle({ kind: 'failed', error: names })
      return sleep(NO_ADDRESS_MS)
    }
    if (current.kind === 'usable' && isUnfinished(task)) {
      announce(task, current, { kind: 'absent' })
      tidyUpServing(task, current)
    }
    const { missing, extra } = differenceOf(current, names)
    const step = nextServingStep({
      current,
      missing,
      stale: extra,
      dropStale: settings.dropStaleSans,
      ...(report && { rotation: { due: due.of(report), because: becauseOf(keeper.asked, hasOpenRequest(task)) } }),
      now: clock.now(),
    })
    switch (step.do) {
      case 'keep': {
        reporter.update('serving', { waiting: undefined, request: undefined })
        // Nobody tells when an interface of the machine gets another address.
        const polled = !namesAreGiven(serving) && view.addresses === undefined
        const soon = new Date(clock.now().getTime() + LONGEST_HOP_MS)
        return rest(
          polled && !(step.until && step.until < soon) ? soon : step.until,
          [task.store.currentPath],
          clock,
          signal,
        )
      }
      case 'request': {
        const { credential } = await requestServing(task, { connection: own.get(), names, because: step.because })
        announce(task, credential, current)
        tidyUpServing(task, credential)
        return
      }
      default:
        return unreachable(step)
    }
  }

  /** Tells everybody once, and before the traces of the rotation go: what ends in between is begun again by the next run. */
  const announce = (task: Task, credential: Usable, replaced: Judged): void => {
    if (pemOf(credential) === announced) return
    announced = pemOf(credential)
    const certificate = certificateReport(credential.certificate, drawOf(announced))
    due.renewed(certificate)
    reporter.update('serving', { certificate, ready: true, waiting: undefined, request: undefined })
    reporter.happened(rotatedEvent(task, certificate, replaced))
    keeper.settle({ kind: 'rotated', certificate })
  }

  return takeTurns(keeper, context, reporter, async (signal) => {
    try {
      await turn(signal)
    } catch (error) {
      if (error instanceof CertletError && error.code === 'UNAUTHORIZED' && !signal.aborted) client.doubt()
      throw error
    }
  })
}

const NO_CLIENT = {
  reason: 'no-client-credential',
  sentence: 'the serving certificate is requested once there is a client credential that the API server accepts',
} as const

/** The names to ask for, or why there are none. */
function namesFor(
  view: Extract<NodeView, { kind: 'known' }>,
  { settings }: Task,
  serving: ServingSettings,
): SubjectAltNames | CertletError {
  try {
    return wantedNames(settings, serving, view.addresses)
  } catch (error) {
    if (error instanceof CertletError && error.code === 'NO_ADDRESS') return error
    throw error
  }
}

function differenceOf(current: Judged, names: SubjectAltNames): { missing: string[]; extra: string[] } {
  return current.kind === 'usable'
    ? sanDifference(names, current.certificate.subjectAltNames)
    : { missing: [], extra: [] }
}
