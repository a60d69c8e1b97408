import { backoffMs, type RetryPolicy } from '../backoff.ts'
import { type IssuedCertificate, checkIssuedCertificate } from '../csr/issued-certificate.ts'
import type { NewSigningRequest } from '../csr/signing-request.ts'
import { submit } from '../csr/submit.ts'
import type { Verdict } from '../csr/verdict.ts'
import { type Outcome, waitForOutcome } from '../csr/wait.ts'
import { CertletError } from '../errors.ts'
import { generateKeyPair, type KeyPair, parseKeyPair } from '../identity/key-pair.ts'
import type { Connection } from '../kube/connection.ts'
import { reviews } from '../kube/reviews.ts'
import { signingRequests } from '../kube/signing-requests.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { AgentContext } from './context.ts'
import type { Wait } from './deadline.ts'
import { plannedRequest, type Wish } from './planned-request.ts'
import { waitingReporter } from './waiting.ts'

/** A certificate that was asked for, issued and checked, with the key that it is for. */
export interface Obtained {
  readonly requestName: string
  readonly keyPair: KeyPair
  readonly issued: IssuedCertificate
}

/** How often a request that is not ours may stand in the way before it is no coincidence. */
const MOST_INCOMPATIBLE = 5

/**
 * Comes by a certificate: pending key, request (made or found again), issuance, check. The key is on disk before the request leaves,
 * and stays there until the caller has committed the pair.
 * @throws CertletError CSR_DENIED, CSR_FAILED, CERTIFICATE_REFUSED, REQUEST_CONFLICT and whatever the connection and the disk throw.
 */
export async function obtain(
  wish: Wish,
  {
    connection,
    store,
    wait,
    context,
  }: { connection: Connection; store: CredentialStore; wait: Wait; context: AgentContext },
): Promise<Obtained> {
  const { log } = context
  const api = signingRequests(connection)
  const retry: RetryPolicy = connection.retry
  let keyPair = await pendingKey(wish, store, context)
  for (let incompatible = 0, deleted = 0; ;) {
    const planned = await plannedRequest(wish, keyPair)
    const submission = await submit(api, planned, { retry, signal: wait.signal })
    reportClockSkew(connection, context)
    if (submission.kind === 'incompatible') {
      log.warn('the name of our request is taken by another one: making a new key', {
        request: planned.name,
        why: submission.why,
      })
      if (++incompatible === MOST_INCOMPATIBLE) {
        throw new CertletError(
          'REQUEST_CONFLICT',
          `Cannot request a certificate: "${planned.name}" is taken, ${submission.why}`,
        )
      }
      keyPair = await newPendingKey(wish, store)
      continue
    }
    const { request } = submission
    const made = submission.kind === 'created' ? 'requested the certificate' : 'found our earlier request again'
    log.info(made, { purpose: wish.purpose, request: request.name, signer: request.signerName })

    const waiting = waitingReporter(
      { name: request.name, purpose: wish.purpose, username: request.username },
      {
        reviews: reviews(connection),
        clock: context.clock,
        signal: wait.signal,
        report: (sentence) => {
          wait.note(sentence)
          log.info(sentence)
        },
      },
    )
    wait.note(`"${request.name}" waits for an approver`)
    let outcome: Outcome
    try {
      outcome = await waitForOutcome(api, request, {
        signal: wait.signal,
        onVerdict: (verdict) => {
          if (verdict.kind === 'approved') wait.note(`"${request.name}" is approved and waits for the signer`)
          logVerdict(verdict, request.name, context)
          waiting.on(verdict)
        },
      })
    } finally {
      waiting.stop()
    }
    if (outcome.kind === 'gone') {
      log.warn('our request was deleted: sending it again', { request: request.name })
      // Somebody who deletes every request must not make us flood the API server.
      await context.clock.sleep(backoffMs(++deleted, context.random()), wait.signal)
      continue
    }
    const issued = await acceptable(outcome, { wish, planned, keyPair, wait, context })
    return { requestName: request.name, keyPair, issued }
  }
}

/** The key of a run that did not come to its end, else a new one. */
async function pendingKey(wish: Wish, store: CredentialStore, { log }: AgentContext): Promise<KeyPair> {
  const pem = store.readPendingKey()
  if (pem === undefined) return newPendingKey(wish, store)
  try {
    const keyPair = await parseKeyPair(pem)
    if (keyPair.type === wish.settings.keyType) {
      log.info('going on with the pending key of an earlier run', { purpose: wish.purpose })
      return keyPair
    }
    log.warn('the pending key is of another type: making a new one', {
      found: keyPair.type,
      wanted: wish.settings.keyType,
    })
  } catch {
    log.warn('the pending key cannot be read: making a new one', { purpose: wish.purpose })
  }
  return newPendingKey(wish, store)
}

async function newPendingKey(wish: Wish, store: CredentialStore): Promise<KeyPair> {
  const keyPair = await generateKeyPair(wish.settings.keyType)
  store.writePendingKey(keyPair.privateKeyPem)
  return keyPair
}

interface Acceptance {
  readonly wish: Wish
  readonly planned: NewSigningRequest
  readonly keyPair: KeyPair
  readonly wait: Wait
  readonly context: AgentContext
}

/** Turns the end of the wait into a certificate that may be used, once its time has come. */
async function acceptable(
  outcome: Exclude<Outcome, { kind: 'gone' }>,
  { wish, planned, keyPair, wait, context }: Acceptance,
): Promise<IssuedCertificate> {
  if (outcome.kind !== 'issued') {
    const said = [outcome.reason, outcome.message].filter((text) => text !== '').join(': ') || 'no reason given'
    const code = outcome.kind === 'denied' ? 'CSR_DENIED' : 'CSR_FAILED'
    throw new CertletError(
      code,
      `Certificate signing request "${planned.name}" was ${outcome.kind === 'denied' ? 'denied' : 'refused by the signer'} (${said})`,
    )
  }
  for (;;) {
    const issued = checkIssuedCertificate({
      pem: outcome.certificate,
      spki: keyPair.spki,
      identity: wish.settings.identity,
      purpose: wish.purpose,
      subjectAltNames: wish.subjectAltNames,
      now: context.clock.now(),
    })
    if (!issued.notYetValid) return issued
    const ahead = issued.notBefore.getTime() - context.clock.now().getTime()
    wait.note(
      `the certificate is not valid before ${issued.notBefore.toISOString()}; this machine’s clock may be behind`,
    )
    context.log.warn('the certificate is not valid yet: waiting for its time', {
      notBefore: issued.notBefore.toISOString(),
    })
    await context.clock.sleep(Math.min(ahead, 60_000), wait.signal)
  }
}

function logVerdict(verdict: Verdict, request: string, { log }: AgentContext): void {
  if (verdict.kind === 'pending') log.info('waiting for approval', { request })
  if (verdict.kind === 'approved') log.info('approved, waiting for the signer', { request })
  if (verdict.kind === 'issued') log.info('issued', { request })
}

/** The signer dates certificates back by this much, ms; a clock further behind sees them in the future. Source: pkg/controller/certificates/authority/policies.go. */
const BACKDATE_MS = 5 * 60_000

function reportClockSkew({ wire: { clockSkewMs = 0 } }: Connection, { log }: AgentContext): void {
  if (Math.abs(clockSkewMs) < BACKDATE_MS / 5) return
  log.warn('this machine’s clock and the API server’s differ; certificates may seem expired or not yet valid', {
    seconds: Math.round(clockSkewMs / 1000),
  })
}
