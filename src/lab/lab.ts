import { X509Certificate } from 'node:crypto'
import { systemClock } from '../clock.ts'
import type { SeenRequest } from './api-server.ts'
import { randomToken } from './bootstrap-tokens.ts'
import { startControlPlane } from './control-plane.ts'
import { generationOf } from './generation.ts'
import { serveHttps } from './http/https-server.ts'
import { certificateKubeconfig, tokenKubeconfig } from './kubeconfigs.ts'
import { type LabOptions, settingsOf } from './options.ts'
import {
  administratorPurpose,
  apiServerPurpose,
  type Authority,
  createAuthority,
  issue,
  type KeyPair,
} from './pki/authority.ts'
import { loadOrCreatePki } from './pki/pki-folder.ts'
import type { LabRequest, LabResponse } from './request.ts'
import { type ApprovalSettings, defaultApproval, defaultSigning, type SigningSettings } from './settings.ts'

/** A running lab. */
export interface Lab extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** CA of the API server and of the certificates that it signs. */
  readonly caPem: string
  /** The bootstrap token that was there at the start. */
  readonly token: string
  /** The last thousand requests that were answered over the network or by `handle`, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** A kubeconfig with the bootstrap token, as kubeadm writes it. */
  bootstrapKubeconfig(options?: { token?: string; url?: string }): string
  /** A kubeconfig of a cluster administrator. */
  adminKubeconfig(): string
  /** Answers a request without a network, by the same routes. */
  handle(request: LabRequest): LabResponse
  /** Makes a request as an administrator, in process. Not for watches. */
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  /** Changes who approves; what is left out of the settings has its default (mode `auto`, no rules). */
  setApproval(settings: Partial<ApprovalSettings>): void
  /** Changes how is signed; what is left out of the settings has its default. @throws TypeError for a text that is no duration. */
  setSigning(settings: Partial<SigningSettings>): void
  close(): Promise<void>
}

/** How many requests are remembered. */
const MOST_REQUESTS = 1000

/** Starts a lab; it is ready when the promise resolves. @throws TypeError for a token that is none; the system's error for a taken port. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, token = randomToken() } = options
  const { ca: authority, apiServer, administrator } = await pkiOf(options.pkiDir, clock.now())
  const requests: SeenRequest[] = []
  const plane = startControlPlane({
    clock,
    token,
    authority,
    generation: generationOf(options.emulate ?? '1.36'),
    kubeadmPolicy: options.kubeadmPolicy ?? true,
    ...settingsOf(options),
    onRequest: (seen) => {
      if (requests.push(seen) > MOST_REQUESTS) requests.shift()
    },
  })
  const server = await serveHttps((request) => plane.api.handle(request), {
    host,
    port,
    ...apiServer,
    caPem: authority.certificatePem,
  })
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`
  plane.publish(url)
  const cluster = { url, caPem: authority.certificatePem }
  const close = async (): Promise<void> => {
    plane.controllers.stop()
    await server.close()
  }
  return {
    url,
    caPem: authority.certificatePem,
    token,
    requests,
    bootstrapKubeconfig: ({ token: other = token, url: elsewhere = url } = {}) =>
      tokenKubeconfig({ ...cluster, url: elsewhere }, other),
    adminKubeconfig: () => certificateKubeconfig(cluster, 'kubernetes-admin', administrator),
    handle: (request) => plane.api.handle(request),
    admin: async (method, path, body) => {
      const response = plane.api.handle({
        method,
        path,
        headers: {},
        clientCertificates: [new X509Certificate(administrator.certificatePem).raw],
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      })
      const chunks: Uint8Array[] = []
      if (response.body instanceof Uint8Array) chunks.push(response.body)
      else for await (const chunk of response.body) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text }
    },
    setApproval: (settings) => {
      plane.controllers.setApproval({ ...defaultApproval, ...settings })
    },
    setSigning: (settings) => {
      plane.controllers.setSigning({ ...defaultSigning, ...settings })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const HOST_NAME = 'certlet-lab'

async function pkiOf(
  dir: string | undefined,
  now: Date,
): Promise<{ ca: Authority; apiServer: KeyPair; administrator: KeyPair }> {
  if (dir !== undefined) return loadOrCreatePki(dir, { now, hostName: HOST_NAME })
  const ca = await createAuthority('kubernetes', now)
  const [apiServer, administrator] = await Promise.all([
    issue(ca, apiServerPurpose(HOST_NAME), { now }),
    issue(ca, administratorPurpose, { now }),
  ])
  return { ca, apiServer, administrator }
}
