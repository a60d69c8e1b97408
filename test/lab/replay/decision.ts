/** Replays one recorded decision of approver, signer or cleaner: see test/recordings/README.md, decisions. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ControlPlane, firstObjects, startControlPlane } from '../../../src/lab/control-plane.ts'
import type { CertificateSigningRequest } from '../../../src/lab/controllers/csr.ts'
import { generationOf } from '../../../src/lab/generation.ts'
import { type Authority, loadAuthority } from '../../../src/lab/pki/authority.ts'
import { parseCertificateRequest } from '../../../src/lab/pki/certificate-request.ts'
import { signCertificate } from '../../../src/lab/pki/sign.ts'
import { defaultApproval, defaultSigning } from '../../../src/lab/settings.ts'
import { createStore, type KubeObject } from '../../../src/lab/storage.ts'
import { type SteppedClock, steppedClock } from '../../support/stepped-clock.ts'
import { certificateView, type Surroundings } from './certificate-view.ts'

interface Condition {
  readonly type: string
  readonly status?: string
  readonly lastUpdateTime?: string
}

interface Step {
  readonly as: string
  readonly subresource: string
  readonly status: { readonly conditions?: readonly Condition[]; readonly certificate?: string }
}

export interface Decision {
  readonly name: string
  readonly as: string
  readonly spec: { readonly request: string }
  readonly signingDurationSeconds?: number
  /** The name of its files in `pki/`. */
  readonly signingCA?: string
  readonly manual?: { readonly as: string; readonly conditions: readonly Condition[] }
  readonly controllersStoppedAtFirst?: boolean
  readonly before?: readonly Step[]
  /** Of the cleaner's cases. */
  readonly ageAtPassMinutes?: {
    readonly created: number
    readonly conditions: readonly { readonly type: string; readonly lastUpdateTime: number }[]
    readonly certificate: 'none' | 'valid' | 'expired' | 'not valid yet'
  }
  readonly outcome: {
    readonly removed?: boolean
    readonly certificate?: Readonly<Record<string, unknown>> & {
      readonly pem: string
      readonly notBeforeMinusCreationSeconds: number
    }
  }
  readonly volatile: readonly string[]
}

/** What is the same for all decisions of a folder. */
export interface DecisionsFolder {
  readonly decisions: readonly Decision[]
  /** What was on the server before each case. */
  readonly objects: readonly KubeObject[]
  credentials(as: string): { token?: string; chain?: readonly Buffer[] }
  authority(name: string): Authority
}

export function readDecisions(dir: string): DecisionsFolder {
  const text = (...names: string[]): string => readFileSync(join(dir, ...names), 'utf8')
  const json = (...names: string[]): unknown => JSON.parse(text(...names))
  const { base, decisionsOnly } = json('fixtures.json') as Record<string, { object: KubeObject }[]>
  const identities = json('identities.json') as Record<string, { token?: string; clientCertificate?: string }>
  const authorities = new Map<string, Authority>()
  const chains = new Map<string, readonly Buffer[]>()
  const chainOf = (file: string): readonly Buffer[] => {
    const chain = chains.get(file) ?? [new X509Certificate(text(file)).raw]
    chains.set(file, chain)
    return chain
  }
  return {
    decisions: readdirSync(join(dir, 'decisions'))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => json('decisions', name) as Decision),
    objects: [...(base ?? []), ...(decisionsOnly ?? [])].map(({ object }) => object),
    credentials: (as) => {
      const { token, clientCertificate } = identities[as] ?? {}
      const chain = clientCertificate === undefined ? undefined : chainOf(clientCertificate)
      return { ...(token !== undefined && { token }), ...(chain && { chain }) }
    },
    authority: (name) => {
      const known = authorities.get(name) ?? loadAuthority(text('pki', `${name}.crt`), text('pki', `${name}.key`))
      authorities.set(name, known)
      return known
    },
  }
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const COLLECTION = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** Where nothing in a recording says when it was made. */
const SOME_DAY = new Date('2026-11-22T12:00:00Z')

/** Nobody uses it. */
const LAB_TOKEN = 'unused.0123456789abcdef'

/** How far seconds that were measured may lie apart; the README says one or two. */
const TOLERANCE_SECONDS = 2

/** @returns the differences, one line each; empty when the lab decides as recorded. */
export async function replayDecision(decision: Decision, folder: DecisionsFolder): Promise<string[]> {
  const clock = steppedClock(createdAt(decision))
  const generation = generationOf('1.26')
  const plane = startControlPlane({
    anonymousAuth: true,
    protobuf: false,
    serviceAccountIssuer: 'https://k',
    serviceAccountKeyPem: folder.authority('ca').keyPem,
    clock,
    generation,
    authority: folder.authority('ca'),
    signingAuthority: folder.authority(decision.signingCA ?? 'ca'),
    store: createStore(),
    objects: [...firstObjects(generation, { token: LAB_TOKEN, kubeadm: false, now: clock.now() }), ...folder.objects],
    approval: { mode: 'none', rules: [] },
    signing: { ...defaultSigning, enabled: false, duration: `${decision.signingDurationSeconds ?? 31_536_000}s` },
  })
  try {
    const session = createSession(plane, folder)
    return await (decision.ageAtPassMinutes
      ? replayCleaning(decision, session, clock, folder)
      : replaySigning(decision, session, { clock, plane, folder }))
  } finally {
    plane.controllers.stop()
  }
}

async function replaySigning(
  decision: Decision,
  session: Session,
  { clock, plane, folder }: { clock: SteppedClock; plane: ControlPlane; folder: DecisionsFolder },
): Promise<string[]> {
  const { name, as, spec, outcome, before = [], manual } = decision
  const startControllers = (): void => {
    plane.controllers.setApproval(defaultApproval)
    plane.controllers.setSigning({ ...defaultSigning, duration: `${decision.signingDurationSeconds ?? 0}s` })
  }
  if (!decision.controllersStoppedAtFirst) startControllers()
  const created = session.send(as, 'POST', COLLECTION, newRequest(decision))
  if (created.status !== 201) {
    const { message } = created.body as { message?: string }
    return differences(outcome, { created: false, status: created.status, message }, [], 'outcome')
  }
  await session.settle(name)
  for (const step of before) session.change(name, step.as, step.subresource, timed(step.status, clock.now()))
  if (manual) session.change(name, manual.as, 'approval', { conditions: manual.conditions })
  if (decision.controllersStoppedAtFirst) startControllers()
  const csr = await session.settle(name)
  const surroundings = {
    created: clock.now(),
    requestPem: spec.request,
    caPem: folder.authority(decision.signingCA ?? 'ca').certificatePem,
  }
  const got = csr === undefined ? { created: true, exists: false } : outcomeOf(csr, surroundings)
  return [
    ...differences(
      outcome,
      got,
      decision.volatile.map((path) => path.slice('$.'.length)),
      'outcome',
    ),
    ...viewFaults(outcome.certificate, surroundings),
  ]
}

/** The certificate of the recording itself, through the same eyes: a difference here is a fault of certificate-view.ts. */
function viewFaults(recorded: Decision['outcome']['certificate'], surroundings: Surroundings): string[] {
  if (recorded === undefined) return []
  return differences(recorded, certificateView(recorded.pem, surroundings), [], 'recorded certificate as we read it')
}

function outcomeOf({ spec, status }: CertificateSigningRequest, surroundings: Surroundings): object {
  const { username, groups, uid, extra } = spec
  const certificate = status?.certificate
  return {
    created: true,
    exists: true,
    requestedBy: { username, groups, uid, extra },
    conditions: (status?.conditions ?? []).map(({ lastUpdateTime: _at, lastTransitionTime: _since, ...rest }) => rest),
    issued: certificate !== undefined,
    certificate: certificate && certificateView(Buffer.from(certificate, 'base64').toString(), surroundings),
  }
}

/** The cleaner works an hour after its start; what is older was made before. */
async function replayCleaning(
  decision: Decision,
  session: Session,
  clock: SteppedClock,
  folder: DecisionsFolder,
): Promise<string[]> {
  const { name, as, ageAtPassMinutes: ages, outcome } = decision
  if (!ages) return ['it is no case of the cleaner']
  const pass = new Date(clock.now().getTime() + ages.created * MINUTE_MS)
  const ago = (minutes: number): string => new Date(pass.getTime() - minutes * MINUTE_MS).toISOString()
  session.must(as, 'POST', COLLECTION, newRequest(decision))
  const conditions = ages.conditions.map(({ type, lastUpdateTime }) => ({
    ...{ type, status: 'True', reason: 'ByHand', message: 'by hand' },
    lastUpdateTime: ago(lastUpdateTime).replace(/\.\d+Z$/, 'Z'),
  }))
  const decided = conditions.filter(({ type }) => type !== 'Failed')
  if (decided.length > 0) session.change(name, 'admin', 'approval', { conditions: decided })
  const certificate = certificateOf(decision, pass, folder)
  if (decided.length < conditions.length || certificate !== undefined) {
    session.change(name, 'admin', 'status', { conditions, ...(certificate !== undefined && { certificate }) })
  }
  clock.set(new Date(pass.getTime() - HOUR_MS))
  if ((await session.settle(name)) === undefined) return ['it was removed before the cleaner’s first pass']
  clock.advance(HOUR_MS)
  const removed = (await session.settle(name)) === undefined
  return differences(outcome, { removed }, [], 'outcome')
}

/** Base64 of a certificate that is what the case says at the moment of the pass. */
function certificateOf({ spec, ageAtPassMinutes }: Decision, pass: Date, folder: DecisionsFolder): string | undefined {
  const state = ageAtPassMinutes?.certificate ?? 'none'
  const request = parseCertificateRequest(spec.request)
  if (state === 'none' || 'error' in request) return undefined
  const startMinutes = { valid: 0, expired: -120, 'not valid yet': 120 }[state]
  const pem = signCertificate(
    request.ok,
    {
      usages: ['client auth'],
      expirationSeconds: undefined,
      durationSeconds: 3600,
      now: new Date(pass.getTime() + startMinutes * MINUTE_MS),
      serial: randomBytes(16),
    },
    folder.authority('ca'),
  )
  return Buffer.from(pem).toString('base64')
}

/** When the recording was made, as its certificate tells: so that even what is cut at the CA's end can be compared. */
function createdAt({ outcome: { certificate } }: Decision): Date {
  if (certificate === undefined) return SOME_DAY
  const { validFromDate } = new X509Certificate(certificate.pem)
  return new Date(validFromDate.getTime() - certificate.notBeforeMinusCreationSeconds * 1000)
}

function newRequest({ name, spec }: Decision): object {
  const request = Buffer.from(spec.request).toString('base64')
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { ...spec, request },
  }
}

/** `@-2h` is two hours ago, `@-30m` half an hour. */
function timed(status: Step['status'], now: Date): Step['status'] {
  const read = (text: string): string => {
    const [, count, unit] = /^@-(\d+)([hm])$/.exec(text) ?? []
    if (count === undefined) return text
    return new Date(now.getTime() - Number(count) * (unit === 'h' ? HOUR_MS : MINUTE_MS))
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
  }
  const conditions = status.conditions?.map((condition) =>
    condition.lastUpdateTime === undefined
      ? condition
      : { ...condition, lastUpdateTime: read(condition.lastUpdateTime) },
  )
  return { ...status, ...(conditions && { conditions }) }
}

interface Session {
  send(as: string, method: string, path: string, body?: object): { status: number; body: unknown }
  /** As send, for what has to succeed. */
  must(as: string, method: string, path: string, body?: object): unknown
  /** Puts conditions and certificate into a subresource; conditions that are there already stay. */
  change(name: string, as: string, subresource: string, status: Step['status']): void
  /** The object when nothing changes it any more; undefined when it is gone. */
  settle(name: string): Promise<CertificateSigningRequest | undefined>
}

/** Turns of the event loop without a change, after which none will come: the controllers wait for nothing but each other and the clock. */
const QUIET_TURNS = 10

function createSession({ api }: ControlPlane, folder: DecisionsFolder): Session {
  const send: Session['send'] = (as, method, path, body) => {
    const { token, chain } = folder.credentials(as)
    const { response } = api.exchange({
      method,
      path,
      headers: {
        'content-type': ['application/json'],
        ...(token !== undefined && { authorization: [`Bearer ${token}`] }),
      },
      ...(chain && { clientCertificates: chain }),
      ...(body && { body: Buffer.from(JSON.stringify(body)) }),
    })
    if (!(response.body instanceof Uint8Array)) throw new TypeError('a watch is no answer here')
    return { status: response.status, body: JSON.parse(Buffer.from(response.body).toString()) as unknown }
  }
  const must: Session['must'] = (as, method, path, body) => {
    const answer = send(as, method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const read = (name: string): CertificateSigningRequest | undefined => {
    const { status, body } = send('admin', 'GET', `${COLLECTION}/${name}`)
    return status === 404 ? undefined : (body as CertificateSigningRequest)
  }
  return {
    send,
    must,
    change: (name, as, subresource, { conditions = [], certificate }) => {
      const csr = read(name)
      const kept = (csr?.status?.conditions ?? []).filter(({ type }) => !conditions.some((one) => one.type === type))
      const status = { ...csr?.status, conditions: [...kept, ...conditions], ...(certificate && { certificate }) }
      must(as, 'PUT', `${COLLECTION}/${name}/${subresource}`, { ...csr, status })
    },
    settle: async (name) => {
      let last = read(name)
      for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
        await new Promise((resolve) => setImmediate(resolve))
        const next = read(name)
        if (next?.metadata.resourceVersion !== last?.metadata.resourceVersion) quiet = 0
        last = next
      }
      return last
    },
  }
}

/** Deep differences; at volatile paths numbers may be two apart and anything else only has to be there. */
function differences(wanted: unknown, got: unknown, volatile: readonly string[], path: string): string[] {
  if (volatile.includes(path) || /Seconds$/.test(path)) {
    if (path.endsWith('Seconds') && typeof wanted === 'number' && typeof got === 'number') {
      return Math.abs(wanted - got) <= TOLERANCE_SECONDS ? [] : [`${path}: recorded ${wanted}, received ${got}`]
    }
    if (got !== undefined) return []
  }
  if (typeof wanted === 'object' && typeof got === 'object' && wanted !== null && got !== null) {
    const [a, b] = [wanted, got] as Record<string, unknown>[]
    const keys = new Set([...Object.keys(wanted), ...Object.keys(got)])
    return [...keys].flatMap((key) => differences(a?.[key], b?.[key], volatile, `${path}.${key}`))
  }
  return Object.is(wanted, got) ? [] : [`${path}: recorded ${JSON.stringify(wanted)}, received ${JSON.stringify(got)}`]
}
