import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import type { RetryPolicy } from '../backoff.ts'
import { createCertificateRequest } from '../csr/certificate-request.ts'
import { type Emulation, type Purpose, requestUsages, SIGNER_NAMES } from '../csr/constants.ts'
import { checkIssuedCertificate } from '../csr/issued-certificate.ts'
import { refusal } from '../csr/refusal.ts'
import { requestName } from '../csr/request-name.ts'
import { submit } from '../csr/submit.ts'
import { waitForOutcome } from '../csr/wait.ts'
import { CertletError } from '../errors.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import type { ControlPlane } from './api/control-plane.ts'
import type { Phase } from './tally.ts'

/** What a node keeps while it rests: some 700 bytes. */
export interface HeldPair {
  /** PKCS#8. */
  readonly keyDer: Buffer
  readonly certificateDer: Buffer
}

/** A certificate that a node wants. */
export interface Wish {
  readonly purpose: Purpose
  readonly identity: NodeIdentity
  readonly names?: SubjectAltNames
  readonly emulate: Emulation
  /** The node's own credential; without one it shows the bootstrap credential. */
  readonly held?: HeldPair
}

/** What a node asks with. */
export interface Asking {
  readonly plane: Pick<ControlPlane, 'for'>
  readonly retry: RetryPolicy
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Time for measuring, ms. */
  readonly now: () => number
  readonly phase: (phase: Phase, ms: number) => void
}

/**
 * Comes by a certificate as a node does: key, request, watch, check. Every failure that may pass is tried again until the time is up.
 * @throws CertletError CSR_PENDING when it is, CSR_DENIED, CSR_FAILED, CERTIFICATE_REFUSED, those of the API that time does not mend; the
 * signal's reason
 */
export async function obtainCertificate(wish: Wish, asking: Asking): Promise<HeldPair> {
  const { purpose, identity, names, emulate, held } = wish
  const { now, phase } = asking
  let lapAt = now()
  const lap = (ended: Phase): void => {
    const at = now()
    phase(ended, at - lapAt)
    lapAt = at
  }
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = key.publicKey.export({ type: 'spki', format: 'der' })
  const usages = requestUsages({ purpose, keyType: 'ecdsa-p256', emulation: emulate })
  const { commonName, organization } = identity
  const name = requestName({ spki, commonName, organizations: [organization], usages })
  const keyPair = { type: 'ecdsa-p256', privateKey: key.privateKey, spki } as const
  const { pem: request } = createCertificateRequest({ identity, keyPair, subjectAltNames: names })
  using timeout = deadline(asking, () => `"${name}" was not issued within ${asking.timeoutMs / 1000} s`)
  const { signal } = timeout

  let pem: string
  {
    using api = asking.plane.for(name, held && pemOf(held))
    const ours = { name, signerName: SIGNER_NAMES[purpose], request, usages }
    const submission = await submit(api, ours, { retry: asking.retry, signal })
    if (submission.kind === 'incompatible') {
      throw new CertletError('REQUEST_CONFLICT', `Cannot request a certificate: "${name}" is taken, ${submission.why}`)
    }
    lap('request')
    let approved = false
    const outcome = await waitForOutcome(api, submission.request, {
      signal,
      onVerdict: ({ kind }) => {
        if (!approved && (kind === 'approved' || kind === 'issued')) lap('approval')
        approved ||= kind === 'approved'
        if (kind === 'issued') lap('signing')
      },
    })
    if (outcome.kind === 'gone') throw new CertletError('CSR_FAILED', `"${name}" was deleted before it was issued`)
    if (outcome.kind !== 'issued') throw refusal(outcome, name)
    pem = outcome.certificate
  }
  const asked = { spki, identity, purpose, subjectAltNames: names, noOtherNames: true }
  const { certificatePem } = checkIssuedCertificate({ pem, ...asked, now: asking.retry.clock.now() })
  lap('check')
  return {
    keyDer: key.privateKey.export({ type: 'pkcs8', format: 'der' }),
    certificateDer: new X509Certificate(certificatePem).raw,
  }
}

function pemOf({ keyDer, certificateDer }: HeldPair): { certificatePem: string; keyPem: string } {
  const key: KeyObject = createPrivateKey({ key: keyDer, type: 'pkcs8', format: 'der' })
  return {
    certificatePem: new X509Certificate(certificateDer).toString(),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/** One for all: without a reason an abort makes an error with a stack each time. */
const IN_TIME = new Error('it was in time')

/** A simulated node is gone with its run, and its key with it: nobody goes on with its request. */
const UNANSWERED = 'see whether anybody approves and signs such requests, or give them longer: --timeout'

/** A signal that aborts with the outer one, and when the time is up. */
function deadline(
  { signal, timeoutMs, retry: { clock } }: Asking,
  message: () => string,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const over = new AbortController()
  const abort = (): void => {
    controller.abort(signal.reason)
  }
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  clock.sleep(timeoutMs, over.signal).then(
    () => {
      controller.abort(new CertletError('CSR_PENDING', message(), { hint: UNANSWERED }))
    },
    () => undefined, // it was in time
  )
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      over.abort(IN_TIME)
      signal.removeEventListener('abort', abort)
    },
  }
}
