/** What the page shows, out of a running lab. */
import type { Clock } from '../../clock.ts'
import { type CertificateSigningRequest, withCondition } from '../controllers/csr.ts'
import type { MayCreate } from '../controllers/explain-approval.ts'
import { SIGNING_FAULTS } from '../controllers/signing-faults.ts'
import type { Lab } from '../lab.ts'
import type { LabEvent } from '../records/events.ts'
import { createFaultShelf, type FaultShelf } from './fault-shelf.ts'
import { nodeViews } from './node-view.ts'
import type { NodeView, RequestDetail, RequestSummary, SettingsView, TokenView } from './protocol.ts'
import { detailOf, summaryOf } from './request-view.ts'
import { createSightings } from './sightings.ts'
import { createTimelines } from './timelines.ts'
import { tokenViews } from './token-view.ts'

/** What has changed, for those who look on. */
export type BoardChange =
  | { readonly what: 'request'; readonly name: string }
  /** `everything` is void: the lab has lost its objects. */
  | { readonly what: 'settings' | 'traffic' | 'everything' }

export interface Decision {
  readonly verdict: 'approve' | 'deny'
  readonly reason: string
  readonly message: string
}

export interface Board {
  names(): string[]
  summary(name: string): RequestSummary | undefined
  detail(name: string): Promise<RequestDetail | undefined>
  nodes(): NodeView[]
  tokens(): TokenView[]
  settings(): SettingsView
  readonly faults: FaultShelf
  /** As the administrator. @returns the status of the API server, and its words where it refuses */
  decide(name: string, decision: Decision): Promise<{ status: number; message?: string }>
  /** Calls back on each change, until the returned function is called. */
  watch(listener: (change: BoardChange) => void): () => void
  /** Resolves when the lab's events end. */
  readonly ended: Promise<void>
}

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

export function createBoard(lab: Lab, clock: Clock, signal: AbortSignal): Board {
  const requests = lab.stored('certificatesigningrequests')
  const timelines = createTimelines(requests)
  const sightings = createSightings()
  const faults = createFaultShelf(lab)
  const listeners = new Set<(change: BoardChange) => void>()
  const tell = (change: BoardChange): void => {
    for (const listener of listeners) listener(change)
  }
  const get = (name: string): CertificateSigningRequest | undefined =>
    requests.get(name) as CertificateSigningRequest | undefined

  function note(event: LabEvent): void {
    switch (event.kind) {
      case 'request':
        sightings.note(event, clock.now())
        tell({ what: 'traffic' })
        return
      case 'settings':
        tell({ what: 'settings' })
        return
      case 'restarted':
        if (event.state === 'lose') timelines.clear()
        tell({ what: 'everything' })
        return
      default:
        timelines.note(event, clock.now())
        tell({ what: 'request', name: event.name })
    }
  }

  /** As the stock approver asks. Not at the wire: no fault strikes it. */
  async function rightsOf({ spec }: CertificateSigningRequest): Promise<MayCreate> {
    const { username: user, uid, groups, extra } = spec
    const ask = async (subresource: string): Promise<{ allowed: boolean; reason?: string }> => {
      const resourceAttributes = {
        ...{ group: 'certificates.k8s.io', version: '*', resource: 'certificatesigningrequests' },
        ...{ subresource, verb: 'create' },
      }
      const { body } = await lab.admin('POST', REVIEWS, { spec: { user, uid, groups, extra, resourceAttributes } })
      return (body as { status?: { allowed: boolean; reason?: string } }).status ?? { allowed: false }
    }
    const [nodeclient, selfnodeclient] = [await ask('nodeclient'), await ask('selfnodeclient')]
    return (subresource) => (subresource === 'nodeclient' ? nodeclient : selfnodeclient)
  }

  const events = lab.events(signal)
  const ended = (async () => {
    for await (const event of events) note(event)
  })()

  return {
    names: () => (requests.list() as CertificateSigningRequest[]).map(({ metadata }) => metadata.name),
    summary: (name) => {
      const csr = get(name)
      return csr && summaryOf(csr, timelines.of(csr))
    },
    detail: async (name) => {
      const csr = get(name)
      return csr && detailOf(csr, timelines.of(csr), { policy: lab.approval, mayCreate: await rightsOf(csr) })
    },
    nodes: () => nodeViews((plural) => lab.stored(plural), sightings, clock.now()),
    tokens: () => tokenViews((plural) => lab.stored(plural), sightings),
    settings: () => ({
      mode: lab.approval.mode,
      rules: lab.approval.rules.length,
      signing: lab.signing.enabled,
      signingFault: lab.signing.fault ?? '',
      signingFaults: SIGNING_FAULTS,
      faults: faults.list(),
    }),
    faults,
    decide: async (name, { verdict, reason, message }) => {
      const csr = get(name)
      if (!csr) return { status: 404, message: 'the request is not there any more' }
      const type = verdict === 'approve' ? 'Approved' : 'Denied'
      const decided = withCondition(csr, { type, status: 'True', reason, message })
      const { status, body } = await lab.admin('PUT', `${PATH}/${encodeURIComponent(name)}/approval`, decided)
      return status === 200 ? { status } : { status, message: String((body as { message?: unknown }).message) }
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ended,
  }
}
