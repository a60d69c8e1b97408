import { backoffMs } from '../backoff.ts'
import { expiry } from '../csr/adoption.ts'
import { parseCertificateRequest } from '../csr/certificate-request.ts'
import { type EarlyWatch, watchEarly } from '../csr/early-watch.ts'
import { type IssuedCertificate, checkIssuedCertificate } from '../csr/issued-certificate.ts'
import type { SigningRequest } from '../csr/signing-request.ts'
import { refusal } from '../csr/refusal.ts'
import { type Submission, submit } from '../csr/submit.ts'
import { type Outcome, waitForOutcome, waitUntilGone } from '../csr/wait.ts'
import { CertletError } from '../errors.ts'
import type { KeyPair } from '../identity/key-pair.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import type { Connection } from '../kube/connection.ts'
import { reviews } from '../kube/reviews.ts'
import { signingRequests } from '../kube/signing-requests.ts'
import { noteClock } from './clock-skew.ts'
import { newPendingRequest, type PendingRequest, pendingRequest } from './pending-key.ts'
import type { Wish } from './planned-request.ts'
import type { Phase } from './report.ts'
import { stopwatch } from './stopwatch.ts'
import type { Task } from './task.ts'
import { waitingReporter } from './waiting.ts'
import { whyOf } from './why.ts'

/** How a certificate is asked for. */
export interface Asking {
  readonly connection: Connection
  readonly because: string
  /** Of a serving certificate. A request from before a restart is gone on with even if it has others. */
  readonly names?: SubjectAltNames
  /** Whether the pending key is given up: the certificate that was issued for it is of no use. */
  readonly anew?: boolean
}

/** A certificate that was asked for, issued and checked, with the key that it is for. */
export interface Obtained {
  readonly requestName: string
  readonly keyPair: KeyPair
  readonly issued: IssuedCertificate
}

type Requests = ReturnType<typeof signingRequests>

/** The request's, and that of the watch beside it. */
const FIRST_CONNECTIONS = 2

/** How often a request that is not ours may stand in the way before it is no coincidence. */
const MOST_INCOMPATIBLE = 5

/**
 * Comes by a certificate: pending key, request (made or found again), issuance, check. The key is on disk before the request leaves,
 * with the watch for its certificate beside it, and stays there until the caller has committed the pair. There is never more than one
 * request of ours: one that was deleted is sent again, one that was refused is (if the task has a `progress`) waited out. A key for which
 * something else was issued than was asked for is given up: its request would be found again, and with it the same certificate, until
 * somebody deletes it.
 * @throws CertletError CERTIFICATE_REFUSED, REQUEST_CONFLICT, without `progress` CSR_DENIED and CSR_FAILED, and whatever the connection
 * and the disk throw.
 */
export async function obtain(task: Task, { connection, because, names, anew = false }: Asking): Promise<Obtained> {
  const { purpose, settings, wait, context, progress } = task
  const { log } = context
  const wish: Wish = { purpose, settings, ...(names && { subjectAltNames: names }) }
  const api = signingRequests(connection)
  context.happened({ kind: 'attempt', purpose, because })
  const lap = stopwatch(task)
  using ahead = connection.wire.openAhead(FIRST_CONNECTIONS, wait.signal)
  let pending = anew ? await newPendingRequest(wish, task) : await pendingRequest(wish, api, task)
  for (let incompatible = 0, deleted = 0; ;) {
    using sent = await send(pending, api, task)
    ahead[Symbol.dispose]()
    noteClock(task, connection)
    if (sent.kind === 'incompatible') {
      sayTaken(pending, sent.why, ++incompatible, task)
      pending = await newPendingRequest(wish, task)
      continue
    }
    const { request } = sent
    lap('request')
    const made = sent.kind === 'created' ? 'requested the certificate' : 'found our earlier request again'
    log.info(made, { purpose, request: request.name, signer: request.signerName })
    progress?.requested(request.name, request.createdAt ?? context.clock.now())

    const outcome = await outcomeOf(request, connection, task, { lap, early: sent.early })
    if (outcome.kind === 'issued') {
      const asked = await namesOf(request, pending, wish)
      const issued = await acceptedOrGivenUp(outcome.certificate, asked, pending.keyPair, task)
      return { requestName: request.name, keyPair: pending.keyPair, issued }
    }
    if (outcome.kind !== 'gone') await waitOut(refusal(outcome, request.name), request, api, task)
    log.warn('our request was deleted: sending it again', { purpose, request: request.name })
    // Somebody who deletes every request must not make us flood the API server.
    await context.clock.sleep(backoffMs(++deleted, context.random()), wait.signal)
  }
}

/** What came of sending a request, with the watch that was sent beside it; to be disposed of. */
type Sent = Submission & Disposable & { readonly early?: EarlyWatch }

/** Sends the request, or finds it again; a new one with its watch beside it. */
async function send({ planned, isNew }: PendingRequest, api: Requests, task: Task): Promise<Sent> {
  const { retry, wait, context } = task
  // Only where there is nothing to be found yet: a request that is adopted is watched from where it was read.
  const early = isNew
    ? watchEarly((signal) => api.watch(planned.name, signal), { clock: context.clock, signal: wait.signal })
    : undefined
  const end = (): void => early?.[Symbol.dispose]()
  try {
    const submission = await submit(api, planned, { retry, signal: wait.signal })
    if (submission.kind === 'created') return { ...submission, ...(early && { early }), [Symbol.dispose]: end }
    end()
    return { ...submission, [Symbol.dispose]: end }
  } catch (error) {
    end()
    throw error
  }
}

/** Another request has the name of ours. @throws CertletError REQUEST_CONFLICT when that has happened too often. */
function sayTaken({ planned }: PendingRequest, why: string, times: number, { context: { log } }: Task): void {
  log.warn('the name of our request is taken by another one: making a new key', { request: planned.name, why })
  if (times < MOST_INCOMPATIBLE) return
  throw new CertletError('REQUEST_CONFLICT', `Cannot request a certificate: "${planned.name}" is taken, ${why}`)
}

/** A request that was refused lies in the way until somebody deletes it. @throws the error, where nobody is told of progress. */
async function waitOut(error: CertletError, request: SigningRequest, api: Requests, task: Task): Promise<void> {
  const { purpose, wait, context, progress } = task
  if (!progress) throw error
  wait.note(whyOf(error))
  context.happened({ kind: 'attempt-failed', purpose, code: error.code })
  progress.refused(error)
  await waitUntilGone(api, request, wait.signal)
}

/** Checks what was issued, and gives the key up if that is of no use. @throws CertletError CERTIFICATE_REFUSED */
async function acceptedOrGivenUp(
  pem: string,
  names: SubjectAltNames | undefined,
  keyPair: KeyPair,
  task: Task,
): Promise<IssuedCertificate> {
  try {
    return await acceptable(pem, names, keyPair, task)
  } catch (error) {
    const isRefused = error instanceof CertletError && error.code === 'CERTIFICATE_REFUSED'
    // What has expired by a clock that is wrong may be good once the clock is right.
    if (isRefused && !expiry(pem, task.context.clock.now())) task.store.removePendingKey()
    throw error
  }
}

/** Waits for the request, and says why while it lasts. */
async function outcomeOf(
  request: SigningRequest,
  connection: Connection,
  { purpose, wait, context }: Task,
  { lap, early }: { lap: (phase: Phase) => void; early: EarlyWatch | undefined },
): Promise<Outcome> {
  const { name, username } = request
  const waiting = waitingReporter(
    { name, purpose, username },
    { reviews: reviews(connection), clock: context.clock, signal: wait.signal, report: wait.note },
  )
  wait.note({ reason: 'approval', sentence: `"${name}" waits for an approver` })
  let approved = false
  try {
    return await waitForOutcome(signingRequests(connection), request, {
      signal: wait.signal,
      ...(early && { early }),
      onVerdict: (verdict) => {
        if (!approved && (verdict.kind === 'approved' || verdict.kind === 'issued')) lap('approval')
        if (verdict.kind === 'issued') lap('signing')
        approved = verdict.kind === 'approved'
        if (approved) wait.note({ reason: 'signing', sentence: `"${name}" is approved and waits for the signer` })
        if (verdict.kind === 'issued') context.log.info('issued', { purpose, request: name })
        waiting.on(verdict)
      },
    })
  } finally {
    waiting.stop()
  }
}

/** What a serving request asks for, which may be more or less than is wished now: it may be from before a restart. */
async function namesOf(
  { request }: SigningRequest,
  { planned }: PendingRequest,
  { purpose, subjectAltNames }: Wish,
): Promise<SubjectAltNames | undefined> {
  if (purpose === 'client' || request === planned.request) return subjectAltNames
  return (await parseCertificateRequest(request)).subjectAltNames
}

/** Turns what was issued into a certificate that may be used, once its time has come. It must have the names that were asked for, no others. */
async function acceptable(
  pem: string,
  subjectAltNames: SubjectAltNames | undefined,
  { spki }: KeyPair,
  { purpose, settings: { identity }, wait, context: { clock } }: Task,
): Promise<IssuedCertificate> {
  for (;;) {
    const asked = { spki, identity, purpose, subjectAltNames, noOtherNames: true }
    const issued = checkIssuedCertificate({ pem, ...asked, now: clock.now() })
    if (!issued.notYetValid) return issued
    wait.note({
      reason: 'not-yet-valid',
      sentence: `the certificate is not valid before ${issued.notBefore.toISOString()}: waiting for its time; this machine’s clock may be behind`,
    })
    await clock.sleep(Math.min(issued.notBefore.getTime() - clock.now().getTime(), 60_000), wait.signal)
  }
}
