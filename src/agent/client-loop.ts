import { createHash } from 'node:crypto'
import type { RetryPolicy } from '../backoff.ts'
import { backoffMs } from '../backoff.ts'
import type { Certificate } from '../csr/certificate.ts'
import { CertletError, unreachable } from '../errors.ts'
import type { ApiServer } from '../kubeconfig/api-server.ts'
import type { BootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { KeyBindings } from '../store/key-bindings.ts'
import { confirmCredential, newServer } from './client-confirm.ts'
import { type ClientLook, lookAtClient, readSource } from './client-look.ts'
import { type NewCredential, requestCredential, rotateCredential, tidyUp, writeKubeconfig } from './client-steps.ts'
import type { AgentContext } from './context.ts'
import type { Judged } from './judge.ts'
import { type Keeper, pause, rest, takeTurns } from './keeper.ts'
import { nextStep, type Standing, type Step } from './next-step.ts'
import type { OwnConnection } from './own-connection.ts'
import { removableFiles, removeBootstrapFiles } from './remove-bootstrap.ts'
import type { CertificateReport } from './report.ts'
import { certificateReport, type Reporter } from './reporter.ts'
import { drawOf } from './rotation.ts'
import { filesGiven, type RunSettings } from './settings.ts'
import { storeOf, type Task } from './task.ts'
import { whyOf } from './why.ts'

/** What the loops of both credentials are made of. */
export interface LoopParts {
  readonly settings: RunSettings
  readonly context: AgentContext
  readonly keeper: Keeper
  readonly reporter: Reporter
  readonly bindings: KeyBindings
  readonly own: OwnConnection
  readonly retry: RetryPolicy
}

/** What the serving credential's loop, and others who use the client credential, need of this one. */
export interface ClientLoop {
  /** Whether there is a client credential that the API server has accepted. */
  readonly accepted: boolean
  /** The API server did not accept it, as somebody found out who used it: it is looked into at once. */
  doubt(): void
  /** @throws as takeTurns. */
  run(): Promise<never>
}

/** How often the API server is asked whether it still accepts the credential, ms; each time half of it to one and a half. */
const PROOF_EVERY_MS = 30 * 60_000

/**
 * The client credential's life.
 * @param changed - called when others should look anew: the credential was accepted, or the kubeconfig was written.
 */
export function clientLoop(parts: LoopParts, changed: () => void): ClientLoop {
  const { settings, context, keeper, reporter, bindings, own, retry } = parts
  const { clock, log } = context
  let store: CredentialStore | undefined
  let standing: Standing = { kind: 'unasked' }
  /** The certificate that `standing` is about, and when to ask again. */
  let asked = { certificatePem: '', again: 0 }
  /** The bootstrap file or CA that has been dealt with. */
  let dealtWith = ''
  let refusals = 0
  /** Our request was refused, and lies there until somebody deletes it. */
  let blocked = false

  const stand = (next: Standing, certificatePem: string): void => {
    const accepted = next.kind === 'accepted'
    const news = standing.kind !== next.kind
    standing = next
    asked = { certificatePem, again: clock.now().getTime() + Math.round(PROOF_EVERY_MS * (0.5 + context.random())) }
    if (accepted) refusals = 0
    if (news) changed()
  }

  const turn = async (signal: AbortSignal): Promise<void> => {
    store ??= storeOf('client', settings, context)
    if (keeper.asked && blocked) store.removePendingKey() // whoever asks wants another request than the one that was refused
    blocked = false
    const wait = { signal, note }
    const progress = {
      requested: (name: string, since: Date) => {
        blocked = false
        reporter.update('client', { request: { name, since } })
      },
      refused: (error: CertletError) => {
        blocked = true
        keeper.settle({ kind: 'failed', error })
      },
    }
    const task: Task = { purpose: 'client', settings, store, bindings, retry, wait, context, progress }
    const look = lookAtClient(task)
    const inUse = pemOf(look.used)
    if (inUse !== asked.certificatePem && standing.kind !== 'unasked') stand({ kind: 'unasked' }, inUse)
    const source = readSource(settings)
    const elsewhere = newServer(look, source, settings)
    const news = newsOf(source, elsewhere)
    const report = reportOf(look.used)
    reporter.update('client', {
      certificate: report,
      ready: standing.kind === 'accepted' && look.used.kind === 'usable',
    })
    const step = nextStep({
      ...look,
      bootstrap: !(source instanceof CertletError),
      leftovers: look.unfinished || (news !== '' && news !== dealtWith),
      standing: standing.kind === 'accepted' && clock.now().getTime() >= asked.again ? { kind: 'unasked' } : standing,
      ...(report && { rotation: { due: report.rotateAt, because: becauseOf(keeper.asked, look.underWay) } }),
      now: clock.now(),
    })
    await act(step, { task, look, source, elsewhere, news, replaced: look.used })
  }

  /** What has become of it while it waits, for everybody who watches. */
  const note = (reason: CertletError | ReturnType<typeof whyOf>): void => {
    reporter.update('client', { waiting: reason instanceof CertletError ? whyOf(reason) : reason })
  }

  const act = async (step: Step, seen: Seen): Promise<void> => {
    const { task, source } = seen
    switch (step.do) {
      case 'keep':
        reporter.update('client', { waiting: undefined, request: undefined })
        await restUntil(new Date(Math.min(step.until?.getTime() ?? Infinity, asked.again)), task)
        return
      case 'finish':
        await finish(seen)
        return
      case 'rotate': {
        const { server } = readable(seen.look)
        const made = await rotateCredential(task, { connection: own.get(), server, because: step.because })
        if (seen.look.file.kind === 'readable' && seen.look.file.pairPath !== task.store.currentPath) {
          writeKubeconfig(task, server)
        }
        rotated(seen, made)
        await own.refresh()
        return
      }
      case 'request':
        if (source instanceof CertletError) throw source
        for (const warning of [...source.warnings, ...source.insecure]) log.warn(warning)
        rotated(seen, await requestCredential(task, source, step.because))
        removeSource(source)
        return
      case 'give-up':
        await waitForHuman(step.because, seen)
        return
      default:
        unreachable(step)
    }
  }

  const finish = async ({ task, look, source, elsewhere, news }: Seen): Promise<void> => {
    const { proof, credential, notTaken } = await confirmCredential(task, { look, elsewhere, own: () => own.get() })
    stand(proof.kind === 'proven' ? { kind: 'accepted' } : proof, credential.certificate.certificatePem)
    if (proof.kind === 'refused') return
    tidyUp(task, credential, look.unfinished)
    dealtWith = news
    if (notTaken !== undefined) {
      log.warn('the credential does not work with the other server or CA that was given, and stays as it is', {
        reason: notTaken,
      })
    } else if (source instanceof CertletError) {
      if (source.code !== 'KUBECONFIG_MISSING')
        log.warn('the bootstrap kubeconfig is not needed, and cannot be used', { reason: source.message })
    } else removeSource(source)
  }

  /** A new credential is in use and proven. */
  const rotated = ({ task, replaced }: Seen, { credential, proof }: NewCredential): void => {
    tidyUp(task, credential, true)
    stand({ kind: 'accepted' }, credential.certificate.certificatePem)
    log.info('the new client credential is in use', { user: proof.username })
    const certificate = certificateReport(credential.certificate, drawOf(credential.certificate.certificatePem))
    reporter.update('client', { certificate, ready: true, waiting: undefined, request: undefined })
    reporter.happened(rotatedEvent(task, certificate, replaced, clock.now()))
    keeper.settle({ kind: 'rotated', certificate })
    changed()
  }

  const removeSource = (source: BootstrapKubeconfig): void => {
    if (!settings.keepBootstrapKubeconfig) removeBootstrapFiles(removableFiles(source), log)
  }

  const waitForHuman = async (because: string, { task, source, look: { used } }: Seen): Promise<void> => {
    reporter.update('client', { ready: false })
    const begins = used.kind === 'unusable' ? used.found?.notBefore : undefined
    if (begins && begins > clock.now()) {
      note({ reason: 'not-yet-valid', sentence: `${because}: waiting for that; this machine’s clock may be behind` })
      return restUntil(begins, task)
    }
    const error = new CertletError(
      standing.kind === 'refused' ? 'UNAUTHORIZED' : 'KUBECONFIG_MISSING',
      `${because}; certlet needs a bootstrap kubeconfig, and takes one up as soon as it is there`,
      { hint: source instanceof CertletError ? `${source.message}; ${source.hint}` : '' },
    )
    note(error)
    keeper.settle({ kind: 'failed', error })
    if (standing.kind !== 'refused') return restUntil(undefined, task)
    // The server may come to its senses: a wrong CA there, a restore. It is asked again, ever more seldom.
    await pause(clock.sleep(backoffMs(++refusals, context.random()), task.wait.signal), task.wait.signal)
    stand({ kind: 'unasked' }, pemOf(used))
  }

  const restUntil = (until: Date | undefined, { store: { currentPath }, wait }: Task): Promise<void> => {
    const files = [settings.kubeconfigPath, currentPath, ...filesGiven(settings)]
    return rest(until, files, clock, wait.signal)
  }

  return {
    get accepted() {
      return standing.kind === 'accepted'
    },
    doubt: () => {
      asked = { ...asked, again: 0 }
      keeper.bell.ring()
    },
    run: () =>
      takeTurns(keeper, context, reporter, async (signal) => {
        try {
          await turn(signal)
        } catch (error) {
          // Whatever was being done, a 401 is first of all a doubt about the credential that did it.
          if (error instanceof CertletError && error.code === 'UNAUTHORIZED') asked = { ...asked, again: 0 }
          throw error
        }
      }),
  }
}

interface Seen {
  readonly task: Task
  readonly look: ClientLook
  readonly source: BootstrapKubeconfig | CertletError
  readonly elsewhere: ApiServer | undefined
  readonly news: string
  readonly replaced: Judged
}

/** Why a rotation should happen before it is due. */
export function becauseOf(asked: boolean, underWay: boolean): string | undefined {
  if (asked) return 'it was asked for'
  return underWay ? 'a request of ours is under way already' : undefined
}

/** The event of a new credential in use. */
export function rotatedEvent(
  { purpose, store }: Task,
  certificate: CertificateReport,
  replaced: Judged,
  now: Date,
): Parameters<Reporter['happened']>[0] {
  const before = certificateOf(replaced)
  const age = before && (now.getTime() - before.notBefore.getTime()) / 1000
  return {
    kind: 'rotated',
    purpose,
    ...(age !== undefined && { replacedAgeSeconds: age }),
    currentPath: store.currentPath,
    pairPath: store.currentPair() ?? store.currentPath,
    certificate,
  }
}

/** The certificate of a judged credential, as it is reported, even if it cannot be used. */
export function reportOf(judged: Judged): CertificateReport | undefined {
  const certificate = certificateOf(judged)
  return (
    certificate &&
    certificateReport(certificate, judged.kind === 'usable' ? drawOf(judged.certificate.certificatePem) : 0)
  )
}

function certificateOf(judged: Judged): Certificate | undefined {
  return judged.kind === 'usable' ? judged.certificate : judged.kind === 'unusable' ? judged.found : undefined
}

function pemOf(judged: Judged): string {
  return judged.kind === 'usable' ? judged.certificate.certificatePem : ''
}

function readable({ file }: ClientLook): { server: ApiServer } {
  if (file.kind === 'readable') return file
  throw new CertletError('INTERNAL', 'A kubeconfig that was judged usable is not')
}

/** What there is to look into, told apart from what was; empty if nothing. */
function newsOf(source: BootstrapKubeconfig | CertletError, elsewhere: ApiServer | undefined): string {
  const told =
    source instanceof CertletError
      ? source.code === 'KUBECONFIG_MISSING'
        ? undefined
        : source.message
      : [source.server, source.credential.user]
  if (told === undefined && elsewhere === undefined) return ''
  return createHash('sha256')
    .update(JSON.stringify([told, elsewhere]))
    .digest('hex')
}
