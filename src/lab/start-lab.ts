import { X509Certificate } from 'node:crypto'
import { exactOptional, picklist, strictObject } from 'valibot'
import { systemClock } from '../clock.ts'
import { type AdminRoute, answerAdmin, changeOf, isAdminPath } from './admin.ts'
import { randomToken } from './bootstrap-tokens.ts'
import { type ControlPlane, firstObjects, startControlPlane } from './control-plane.ts'
import { duration, msOf } from './documents/fields.ts'
import { checkFaults, faultList } from './faults/fault.ts'
import { createFront } from './front.ts'
import { generationOf } from './generation.ts'
import { serveHttps } from './http/https-server.ts'
import { certificateKubeconfig, tokenKubeconfig } from './kubeconfigs.ts'
import type { Lab } from './lab.ts'
import { tokenAmong } from './objects.ts'
import { type LabOptions, settingsOf } from './options.ts'
import { labPki } from './pki/lab-pki.ts'
import { type AuditEvent, auditEventOf } from './records/audit-event.ts'
import { createEventHub, csrEventsOf } from './records/events.ts'
import type { RequestRecord, SeenRequest } from './records/request-record.ts'
import type { LabRequest } from './request.ts'
import { certificateSigningRequests } from './resources/certificate-signing-requests.ts'
import { collectionOf } from './resources/resource.ts'
import {
  type ApprovalSettings,
  approvalSettings,
  defaultApproval,
  defaultSigning,
  type SigningSettings,
  signingSettings,
} from './settings.ts'
import { createStore, type KubeObject, type Store } from './storage.ts'

/** How many requests are remembered. */
const MOST_REQUESTS = 1000

/** How long a restart that was asked for over the network waits, so that its answer gets out, ms. */
const RESTART_AFTER_MS = 100

/**
 * Starts a lab; it is ready when the promise resolves.
 * @throws TypeError for a token that is none and for faults that are not as they should be; ObjectError for an object that is not served; the system's error for a taken port.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, objects: given = [], onAudit } = options
  const own = given as readonly KubeObject[]
  const token = options.token ?? tokenAmong(own) ?? randomToken()
  const { ca: authority, apiServer, administrator } = await labPki(options.pkiDir, clock.now())
  const generation = generationOf(options.emulate ?? '1.36')
  const requests: SeenRequest[] = []
  const hub = createEventHub()
  const closing = new AbortController()
  let { approval, signing } = settingsOf(options)

  const newStore = (): Store => {
    const store = createStore()
    store.subscribe(collectionOf(certificateSigningRequests), undefined, (change) => {
      if (hub.followed) csrEventsOf(change).forEach(hub.emit)
    })
    return store
  }
  const startOn = (store: Store, state: 'keep' | 'lose'): ControlPlane => {
    const objects =
      state === 'keep'
        ? []
        : [...firstObjects(generation, { token, kubeadm: options.kubeadmPolicy ?? true, now: clock.now() }), ...own]
    return startControlPlane({ clock, generation, authority, store, objects, approval, signing })
  }
  let store = newStore()
  let plane = startOn(store, 'lose')

  const audit = (stage: AuditEvent['stage'], record: RequestRecord): void => {
    onAudit?.(auditEventOf(record, stage, clock.now()))
  }
  const front = createFront({
    api: () => plane.api,
    faults: checkFaults(options.faults ?? []),
    clock,
    random: options.random ?? Math.random,
    restart: (how) => void restart(how),
    onAnswered: (record) => {
      if (requests.push(record.seen) > MOST_REQUESTS) requests.shift()
      if (record.info.verb === 'watch') audit('ResponseStarted', record)
    },
    onFinished: (record) => {
      hub.emit({ kind: 'request', ms: clock.now().getTime() - record.receivedAt.getTime(), ...record.seen })
      audit('ResponseComplete', record)
    },
  })
  const setApproval = (settings: Partial<ApprovalSettings>): void => {
    approval = { ...defaultApproval, ...settings }
    plane.controllers.setApproval(approval)
  }
  const setSigning = (settings: Partial<SigningSettings>): void => {
    signing = { ...defaultSigning, ...settings }
    plane.controllers.setSigning(signing)
  }
  const routes: Readonly<Record<string, AdminRoute>> = {
    faults: {
      get: () => front.faults,
      put: changeOf(faultList, front.setFaults),
      delete: () => {
        front.setFaults([])
      },
    },
    approval: { get: () => approval, put: changeOf(approvalSettings, setApproval) },
    signing: { get: () => signing, put: changeOf(signingSettings, setSigning) },
    restart: {
      post: changeOf(restartRequest, ({ state = 'keep', down = '0s' }) => {
        void clock
          .sleep(RESTART_AFTER_MS, closing.signal)
          .then(() => restart({ state, downMs: msOf(down) }))
          .catch(() => undefined) // closed meanwhile
      }),
    },
  }

  const server = await serveHttps(
    (request) => (isAdminPath(request.path) ? answerAdmin(request, routes, plane.api) : front.answer(request)),
    { host, port, ...apiServer, caPem: authority.certificatePem },
  )
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`
  plane.publish(url)

  let restarting: Promise<void> | undefined
  /** One that is under way is not begun again. */
  function restart({ state = 'keep', downMs = 0 }: { state?: 'keep' | 'lose'; downMs?: number } = {}): Promise<void> {
    restarting ??= (async () => {
      plane.controllers.stop()
      await server.close()
      await clock.sleep(downMs, closing.signal)
      if (state === 'lose') store = newStore()
      else store.compact()
      plane = startOn(store, state)
      plane.publish(url)
      await server.listen()
      hub.emit({ kind: 'restarted', state })
    })().finally(() => (restarting = undefined))
    return restarting
  }

  const cluster = { url, caPem: authority.certificatePem }
  const administratorDer = new X509Certificate(administrator.certificatePem).raw
  const close = async (): Promise<void> => {
    closing.abort()
    await restarting?.catch(() => undefined)
    plane.controllers.stop()
    await server.close()
    hub.close()
  }
  return {
    url,
    caPem: authority.certificatePem,
    token,
    requests,
    bootstrapKubeconfig: ({ token: other = token, url: elsewhere = url } = {}) =>
      tokenKubeconfig({ ...cluster, url: elsewhere }, other),
    adminKubeconfig: () => certificateKubeconfig(cluster, 'kubernetes-admin', administrator),
    handle: front.answerInProcess,
    admin: async (method, path, body) => {
      const request: LabRequest = {
        method,
        path,
        headers: {},
        clientCertificates: [administratorDer],
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      }
      const response = front.answerInProcess(request)
      const chunks: Uint8Array[] = []
      if (response.body instanceof Uint8Array) chunks.push(response.body)
      else for await (const chunk of response.body) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text }
    },
    get faults() {
      return front.faults
    },
    setFaults: (list) => {
      front.setFaults(checkFaults(list))
    },
    setApproval,
    setSigning,
    restart,
    events: hub.events,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const restartRequest = strictObject({ state: exactOptional(picklist(['keep', 'lose'])), down: exactOptional(duration) })
