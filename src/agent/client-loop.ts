import { CertletError, unreachable } from '../errors.ts'
import type { ApiServer } from '../kubeconfig/api-server.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { confirmCredential } from './client-confirm.ts'
import { type ClientLook, lookAtClient } from './client-look.ts'
import { clientStanding } from './client-standing.ts'
import {
  type NewCredential,
  notAccepted,
  requestCredential,
  rotateCredential,
  tidyUp,
  writeKubeconfig,
} from './client-steps.ts'
import { becauseOf, pemOf, reportOf, rotatedEvent } from './in-use.ts'
import type { Judged, Usable } from './judge.ts'
import { LONGEST_HOP_MS, pause, rest, takeTurns } from './keeper.ts'
import { type LoopParts, turnsOf } from './loop-parts.ts'
import { nextStep, type Step } from './next-step.ts'
import { removableFiles, removeBootstrapFiles } from './remove-bootstrap.ts'
import { certificateReport } from './reporter.ts'
import { rotationDue } from './rotation-due.ts'
import { drawOf } from './rotation.ts'
import { serverTrust } from './server-trust.ts'
import { filesGiven } from './settings.ts'
import type { Task } from './task.ts'
import { readTold, type Told } from './told.ts'

/** What the serving credential's loop, and others who use the client credential, need of this one. */
export interface ClientLoop {
  /** Whether there is a client credential that the API server has accepted. */
  readonly accepted: boolean
  /** The API server did not accept it, as somebody found out who used it: it is looked into at once. */
  doubt(): void
  /** @throws as takeTurns. */
  run(): Promise<never>
}

/** What a turn goes by. */
interface Seen {
  readonly task: Task
  readonly look: ClientLook
  readonly told: Told
}

/**
 * The client credential's life.
 * @param changed - called when others should look anew: the credential was accepted, or the kubeconfig was written.
 */
export function clientLoop(parts: LoopParts, changed: () => void): ClientLoop {
  const { settings, context, keeper, reporter, own } = parts
  const { clock, log } = context
  const turns = turnsOf(parts)
  const standing = clientStanding(context, changed)
  /** The digest of what has been looked into. */
  let dealtWith = ''
  /** The certificate whose being in use was said last. */
  let announced = ''
  const trust = serverTrust(parts)
  const due = rotationDue(context)

  const turn = async (signal: AbortSignal): Promise<void> => {
    const task = turns.begin(signal)
    const look = lookAtClient(task)
    if (await trust.changedByOthers(look.file)) standing.doubt()
    const heard = standing.of(pemOf(look.used))
    const told = readTold(look, settings)
    const report = reportOf(look.used)
    reporter.update('client', { certificate: report, ready: standing.accepted && look.used.kind === 'usable' })
    const step = nextStep({
      ...look,
      bootstrap: !(told.source instanceof CertletError),
      leftovers: look.unfinished || (told.digest !== '' && told.digest !== dealtWith),
      standing: heard,
      ...(report && { rotation: { due: due.of(report), because: becauseOf(keeper.asked, look.underWay) } }),
      now: clock.now(),
    })
    await act(step, { task, look, told })
  }

  const act = async (step: Step, seen: Seen): Promise<void> => {
    const { task, look, told } = seen
    switch (step.do) {
      case 'keep':
        reporter.update('client', { waiting: undefined, request: undefined })
        await restUntil(
          step.until && step.until < standing.again ? step.until : standing.again,
          task,
          look.file.kind === 'readable' ? look.file.server.caFile : undefined,
        )
        return
      case 'finish':
        await finish(seen)
        return
      case 'rotate': {
        const { server, pairPath } = readable(look)
        const made = await rotateCredential(task, { connection: own.get(), server, because: step.because })
        if (pairPath !== task.store.currentPath) writeKubeconfig(task, server)
        rotated(seen, made)
        await own.refresh(task.wait.signal)
        await trust.refresh(task, look.file, made.credential)
        return
      }
      case 'request': {
        const { source } = told
        if (source instanceof CertletError) throw source
        for (const warning of [...source.warnings, ...source.insecure]) log.warn(warning)
        const asking = { because: step.because, anew: look.unfinished, own: () => own.get() }
        const { proof, ...made } = await requestCredential(task, source, asking)
        if (proof.kind === 'refused') {
          standing.heard(proof, pemOf(made.credential)) // else it would be asked about first, and failures not be in a row
          throw notAccepted(proof.why)
        }
        rotated(seen, { ...made, proof })
        removeSource(source)
        return
      }
      case 'give-up':
        await waitForHuman(step.because, seen)
        return
      default:
        unreachable(step)
    }
  }

  const finish = async (seen: Seen): Promise<void> => {
    const { task, look, told } = seen
    const { source, elsewhere, caProblem, digest } = told
    const { proof, credential, notTaken } = await confirmCredential(task, { look, elsewhere, own: () => own.get() })
    standing.heard(proof.kind === 'proven' ? { kind: 'accepted' } : proof, pemOf(credential))
    if (proof.kind === 'refused') return
    // A run that ended in the middle of a rotation, by a crash or a full disk, has told nobody of the new pair.
    if (look.unfinished || announced !== '') announce(task, credential, { kind: 'absent' })
    announced = pemOf(credential)
    tidyUp(task, credential, look.unfinished)
    if (elsewhere === undefined || notTaken !== undefined) await trust.refresh(task, look.file, credential)
    else trust.written()
    const first = digest !== dealtWith
    dealtWith = digest
    if (caProblem && first) log.warn('the CA of the kubeconfig stays as it is', { reason: caProblem.message })
    if (notTaken !== undefined) {
      if (!first) return // said already; it was only tried once more
      log.warn('the credential does not work with the other server or CA that was given, and stays as it is', {
        reason: notTaken,
      })
    } else if (!(source instanceof CertletError)) removeSource(source)
    else if (source.code !== 'KUBECONFIG_MISSING' && first) {
      log.warn('the bootstrap kubeconfig is not needed, and cannot be used', { reason: source.message })
    }
  }

  /** A new credential is in use and proven. */
  const rotated = ({ task, look: { used } }: Seen, { credential }: NewCredential): void => {
    trust.written()
    standing.heard({ kind: 'accepted' }, pemOf(credential))
    announce(task, credential, used)
    tidyUp(task, credential, true)
  }

  /** Tells everybody once, and before the traces of the rotation go: what ends in between is begun again by the next run. */
  const announce = (task: Task, credential: Usable, replaced: Judged): void => {
    if (pemOf(credential) === announced) return
    announced = pemOf(credential)
    log.info('the new client credential is in use')
    const certificate = certificateReport(credential.certificate, drawOf(pemOf(credential)))
    due.renewed(certificate)
    reporter.update('client', { certificate, ready: true, waiting: undefined, request: undefined })
    reporter.happened(rotatedEvent(task, certificate, replaced))
    keeper.settle({ kind: 'rotated', certificate })
    changed()
  }

  const removeSource = (source: BootstrapKubeconfig): void => {
    if (!settings.keepBootstrapKubeconfig) removeBootstrapFiles(removableFiles(source), { ...settings, log })
  }

  const waitForHuman = async (
    because: string,
    { task, told: { source }, look: { file, used } }: Seen,
  ): Promise<void> => {
    if (file.kind === 'broken' && file.brokenCaFile !== undefined) {
      const hint = 'put the API server’s CA there again'
      turns.note({ reason: 'disk-error', sentence: `${file.why}; ${hint}` })
      keeper.settle({ kind: 'failed', error: new CertletError('CA_UNREADABLE', file.why, { hint }) })
      return restUntil(undefined, task, file.brokenCaFile)
    }
    // The bootstrap kubeconfig may well be there: it is looked for again soon, not when it changes.
    if (source instanceof CertletError && source.code === 'DISK_ERROR') throw source
    reporter.update('client', { ready: false })
    const begins = used.kind === 'unusable' ? used.found?.notBefore : undefined
    if (begins && begins > clock.now()) {
      const sentence = `${because}: waiting for that; this machine’s clock may be behind`
      turns.note({ reason: 'not-yet-valid', sentence })
      return restUntil(begins, task)
    }
    const refused = standing.kind === 'refused'
    const error = new CertletError(
      refused ? 'UNAUTHORIZED' : 'KUBECONFIG_MISSING',
      `${because}; certlet needs a bootstrap kubeconfig, and takes one up as soon as it is there`,
      { hint: source instanceof CertletError ? `${source.message}; ${source.hint}` : '' },
    )
    turns.note(error)
    keeper.settle({ kind: 'failed', error })
    const { signal } = task.wait
    // Not by what the clock says: it may have been wrong for the moment in which the credential was looked at.
    if (!refused) return pause(clock.sleep(LONGEST_HOP_MS, signal), signal)
    // The server may come to its senses: a wrong CA there, a restore. It is asked again, ever more seldom.
    await pause(clock.sleep(standing.patienceMs(), signal), signal)
    standing.heard({ kind: 'unasked' }, pemOf(used))
  }

  const restUntil = (
    until: Date | undefined,
    { store: { currentPath }, wait }: Task,
    caFile?: string,
  ): Promise<void> => {
    const files = [
      settings.kubeconfigPath,
      currentPath,
      ...filesGiven(settings),
      ...(caFile === undefined ? [] : [caFile]),
    ]
    return rest(until, files, clock, wait.signal)
  }

  return {
    get accepted() {
      return standing.accepted
    },
    doubt: () => {
      standing.doubt()
      keeper.bell.ring()
    },
    run: () =>
      takeTurns(keeper, context, reporter, async (signal) => {
        try {
          await turn(signal)
        } catch (error) {
          // Whatever was being done, a 401 is first of all a doubt about the credential that did it.
          if (error instanceof CertletError && error.code === 'UNAUTHORIZED') standing.doubt()
          throw error
        }
      }),
  }
}

function readable({ file }: ClientLook): { server: ApiServer; pairPath?: string } {
  if (file.kind === 'readable') return file
  throw new CertletError('INTERNAL', 'A kubeconfig that was judged usable is not')
}
