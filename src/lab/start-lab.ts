import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { namesOf, reachable } from './addresses.ts'
import { answerAdmin, isAdminPath } from './admin.ts'
import { adminRoutes } from './admin-routes.ts'
import { askAs } from './ask-as.ts'
import { randomToken } from './bootstrap-tokens.ts'
import { type ControlPlane, firstObjects, objectsToResume, startControlPlane } from './control-plane.ts'
import type { WireAnswer } from './faults/act.ts'
import { checkFaults, type Fault } from './faults/fault.ts'
import { createFront } from './front.ts'
import { generationOf } from './generation.ts'
import { serveHttps } from './http/https-server.ts'
import { limitInFlight } from './in-flight.ts'
import { certificateKubeconfig, tokenKubeconfig } from './kubeconfigs.ts'
import type { Lab } from './lab.ts'
import { storedIn, tokenAmong } from './objects.ts'
import { type LabOptions, settingsOf } from './options.ts'
import { controlPlanePki } from './pki/control-plane-pki.ts'
import { type AuditEvent, auditEventOf } from './records/audit-event.ts'
import type { CertificateSigningRequest } from './controllers/csr.ts'
import { createDeliveries, shownTo } from './records/deliveries.ts'
import { createEventHub, csrEventsOf } from './records/events.ts'
import type { RequestRecord, SeenRequest } from './records/request-record.ts'
import type { LabRequest } from './request.ts'
import { certificateSigningRequests } from './resources/certificate-signing-requests.ts'
import { collectionOf } from './resources/resource.ts'
import { type ApprovalSettings, defaultApproval, defaultSigning, type SigningSettings } from './settings.ts'
import { openState } from './state/state-folder.ts'
import { createStore, type KubeObject, type Store } from './storage.ts'

/** What the API server's certificate calls this machine. */
const HOST_NAME = 'certlet-lab'

/** As kubeadm sets it. */
const ISSUER = 'https://kubernetes.default.svc.cluster.local'

/** How many requests are remembered. */
const MOST_REQUESTS = 1000

/** How long a restart that was asked for over the network waits, so that its answer gets out, ms. */
const RESTART_AFTER_MS = 100

/**
 * Starts a lab; it is ready when the promise resolves.
 * @throws TypeError for a token that is none and for faults that are not as they should be; ObjectError for an object that is not served; the system's error for a taken port.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const begun: Ending[] = []
  try {
    return await startIn(begun, options)
  } catch (error) {
    await endAll(begun)
    throw error
  }
}

type Ending = () => void | Promise<void>

/** Ends what was begun, the last first; a second call finds nothing more to end. */
async function endAll(begun: Ending[]): Promise<void> {
  for (const end of begun.splice(0).reverse()) await end()
}

/** @param begun - takes what has to be ended. */
async function startIn(begun: Ending[], options: LabOptions): Promise<Lab> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, objects: given = [], stateDir, onAudit } = options
  const state = stateDir === undefined ? undefined : await openState(stateDir)
  begun.push(() => state?.close())
  const own = given as readonly KubeObject[]
  const token = options.token ?? state?.read('token') ?? tokenAmong(own) ?? randomToken()
  const pkiDir = options.pkiDir ?? (stateDir && join(stateDir, 'pki'))
  const names = namesOf(host, options.names)
  const pki = await controlPlanePki(pkiDir, { now: clock.now(), hostName: HOST_NAME, names })
  const { ca: authority, apiServer, administrator } = pki
  const generation = generationOf(options.emulate ?? '1.36', options.featureGates)
  const requests: SeenRequest[] = []
  const hub = createEventHub()
  begun.push(hub.close)
  const deliveries = createDeliveries(hub.emit)
  const closing = new AbortController()
  let { approval, signing } = settingsOf(options)

  const newStore = (): Store => {
    const store = createStore(state?.journal())
    store.subscribe(collectionOf(certificateSigningRequests), undefined, (change) => {
      if (!hub.followed) return
      for (const event of csrEventsOf(change)) {
        hub.emit(event)
        deliveries.note(event, change.object as unknown as CertificateSigningRequest)
      }
    })
    return store
  }
  const startOn = (store: Store, objects: readonly KubeObject[]): ControlPlane =>
    startControlPlane({
      ...{ clock, generation, authority, trustPem: pki.trustPem, store, objects, approval, signing },
      anonymousAuth: options.anonymousAuth ?? true,
      protobuf: options.protobuf ?? false,
      serviceAccountKeyPem: pki.serviceAccount.keyPem,
      serviceAccountIssuer: options.serviceAccountIssuer ?? ISSUER,
    })
  /** A control plane without a past; what it begins with is kept together or not at all. */
  const startAnew = (): ControlPlane => {
    const begin = (): ControlPlane => {
      state?.clear()
      state?.write('token', token)
      store = newStore()
      const kubeadm = options.kubeadmPolicy ?? true
      return startOn(store, [...firstObjects(generation, { token, kubeadm, now: clock.now() }), ...own])
    }
    return state ? state.atomically(begin) : begin()
  }
  let store = newStore()
  let plane = state?.resumed ? startOn(store, objectsToResume(store, token, clock.now())) : startAnew()
  begun.push(() => {
    plane.controllers.stop()
  })

  const audit = (stage: AuditEvent['stage'], record: RequestRecord): void => {
    onAudit?.(auditEventOf(record, stage, clock.now()))
  }
  const front = createFront({
    api: () => plane.api,
    faults: checkFaults(options.faults ?? []),
    inFlight: limitInFlight({
      reading: options.maxRequestsInflight,
      mutating: options.maxMutatingRequestsInflight,
    }),
    clock,
    random: options.random ?? Math.random,
    restart: (how) => void restart(how),
    onAnswered: (record) => {
      if (requests.push(record.seen) > MOST_REQUESTS) requests.shift()
      if (record.info.verb === 'watch') audit('ResponseStarted', record)
    },
    onFinished: (record) => {
      if (hub.followed)
        hub.emit({ kind: 'request', ms: clock.now().getTime() - record.receivedAt.getTime(), ...record.seen })
      audit('ResponseComplete', record)
    },
  })
  const setFaults = (faults: readonly Fault[]): void => {
    front.setFaults(faults)
    hub.emit({ kind: 'settings', of: 'faults' })
  }
  const setApproval = (settings: Partial<ApprovalSettings>): void => {
    approval = { ...defaultApproval, ...settings }
    plane.controllers.setApproval(approval)
    hub.emit({ kind: 'settings', of: 'approval' })
  }
  const setSigning = (settings: Partial<SigningSettings>): void => {
    signing = { ...defaultSigning, ...settings }
    plane.controllers.setSigning(signing)
    hub.emit({ kind: 'settings', of: 'signing' })
  }
  const routes = adminRoutes({
    faults: () => front.faults,
    setFaults,
    approval: () => approval,
    setApproval,
    signing: () => signing,
    setSigning,
    restart: (how) => {
      void clock
        .sleep(RESTART_AFTER_MS, closing.signal)
        .then(() => restart(how))
        .catch(() => undefined) // closed meanwhile
    },
  })

  /** As the front answers; where somebody follows, certificates are noticed on their way out. */
  const looksAt = (request: LabRequest) => (bytes: Uint8Array) => {
    deliveries.look(bytes, () => plane.api.userOf(request)?.name)
  }
  const answerOverNetwork: typeof front.answer = (request) => {
    const answer = front.answer(request)
    if (!hub.followed || request.method !== 'GET') return answer
    const shown = (known: WireAnswer): WireAnswer => (known === 'reset' ? known : shownTo(looksAt(request), known))
    return answer instanceof Promise ? answer.then(shown) : shown(answer)
  }
  const answerInProcess: typeof front.answerInProcess = (request) => {
    const answer = front.answerInProcess(request)
    return hub.followed && request.method === 'GET' ? shownTo(looksAt(request), answer) : answer
  }

  let restarting: Promise<void> | undefined
  const server = await serveHttps(
    {
      enter: (head) => (isAdminPath(head.path) ? () => undefined : front.enter(head)),
      answer: (request) =>
        isAdminPath(request.path) ? answerAdmin(request, routes, plane.api) : answerOverNetwork(request),
    },
    { host, port, ...apiServer, caPem: authority.certificatePem },
  )
  begun.push(async () => {
    closing.abort()
    await restarting?.catch(() => undefined)
    await server.close()
  })
  const url = `https://${reachable(host)}:${server.port}`
  plane.publish(url, state?.read('url'))
  state?.write('url', url)
  state?.write('token', token)

  /** One that is under way is not begun again. */
  function restart({
    state: how = 'keep',
    downMs = 0,
  }: { state?: 'keep' | 'lose'; downMs?: number } = {}): Promise<void> {
    restarting ??= (async () => {
      plane.controllers.stop()
      await server.close()
      await clock.sleep(downMs, closing.signal)
      if (how === 'keep') store.compact()
      plane = how === 'keep' ? startOn(store, []) : startAnew()
      plane.publish(url)
      await server.listen()
      hub.emit({ kind: 'restarted', state: how })
    })().finally(() => (restarting = undefined))
    return restarting
  }

  const cluster = { url, caPem: pki.trustPem }
  const close = (): Promise<void> => endAll(begun)
  return {
    url,
    caPem: pki.trustPem,
    token,
    notices: pki.notices,
    requests,
    bootstrapKubeconfig: ({ token: other = token, url: elsewhere = url } = {}) =>
      tokenKubeconfig({ ...cluster, url: elsewhere }, other),
    adminKubeconfig: () => certificateKubeconfig(cluster, 'kubernetes-admin', administrator),
    controllerManagerKubeconfig: () =>
      certificateKubeconfig(cluster, 'system:kube-controller-manager', pki.controllerManager),
    schedulerKubeconfig: () => certificateKubeconfig(cluster, 'system:kube-scheduler', pki.scheduler),
    handle: answerInProcess,
    admin: askAs(administrator.certificatePem, answerInProcess),
    get faults() {
      return front.faults
    },
    setFaults: (list) => {
      setFaults(checkFaults(list))
    },
    get approval() {
      return approval
    },
    get signing() {
      return signing
    },
    stored: (plural) => storedIn(() => store, plural),
    setApproval,
    setSigning,
    restart,
    events: hub.events,
    close,
    [Symbol.asyncDispose]: close,
  }
}
