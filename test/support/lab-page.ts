import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { makeKey, makeRequest } from '../../src/probe/make/make-request.ts'
import type { FullRequest } from '../../src/probe/request-description.ts'
import { chromiumPath, startChromium } from './browser.ts'
import { secret, start, until } from './command.ts'
import { labIn, type Reachable, type Reply, send, sendAsAdmin, type SendOptions } from './lab-client.ts'
import { CSRS } from './lab-requests.ts'

/** `certlet lab --ui` as it ships, and a browser to look at it. */
export interface LabPage extends AsyncDisposable {
  readonly lab: Reachable
  /** Sends a request as the cluster's administrator. */
  readonly admin: (method: string, path: string, options?: SendOptions) => Promise<Reply>
  /** As it was printed. */
  readonly link: string
  /** What the file has. */
  nextLink(): string
  /** An empty browser, without cookies. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>
  stop(): Promise<number | null>
}

export interface Visitor {
  readonly page: Page
  /** What should not be: requests to elsewhere, violations of the policy, errors, dialogs. */
  readonly troubles: string[]
}

const TOKEN = 'uipage.0123456789abcdef'

export async function openLabPage(...flags: string[]): Promise<LabPage> {
  const dir = mkdtempSync(join(tmpdir(), 'certlet-test-'))
  const running = start(['lab', '--ui', '--dir', dir, '--token', secret(TOKEN), ...flags])
  let browser: Browser | undefined
  let shown = ''
  running.child.stdout?.on('data', (text: string) => (shown += text))
  await until(() => shown.includes('get csr'), 'the lab')
  const link = /^page +(\S+)$/m.exec(shown)?.[1] ?? ''
  const lab = labIn(readFileSync(join(dir, 'bootstrap-kubelet.conf'), 'utf8'))
  const adminKubeconfig = (): string => readFileSync(join(dir, 'admin.conf'), 'utf8')
  return {
    lab,
    admin: (method, path, options) => sendAsAdmin({ ...lab, adminKubeconfig }, method, path, options),
    link,
    nextLink: () => readFileSync(join(dir, 'page-link'), 'utf8').trim(),
    visitor: async (options) => {
      browser ??= await startChromium(chromiumPath() ?? '')
      const page = await (await browser.newContext(options)).newPage()
      page.setDefaultTimeout(15_000)
      const troubles: string[] = []
      page.on('pageerror', (error) => troubles.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') troubles.push(message.text())
      })
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== new URL(link).origin) troubles.push(`request to ${request.url()}`)
      })
      page.on('dialog', (dialog) => {
        troubles.push(`dialog ${dialog.message()}`)
        void dialog.dismiss()
      })
      return { page, troubles }
    },
    stop: async () => {
      running.child.kill('SIGTERM')
      return (await running.done).code
    },
    [Symbol.asyncDispose]: async () => {
      await browser?.close()
      await running[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const PROPER: FullRequest = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  keyType: 'ecdsa-p256',
  subject: [{ O: 'system:nodes' }, { CN: 'system:node:n1' }],
  sans: [],
  usages: ['digital signature', 'client auth'],
  ...{ extensions: [], signature: 'own', damage: [], pem: {} },
}

/** Sends a request of a kubelet's, but for what is given, with the lab's token. */
export async function request(lab: Reachable, name: string, differences: Partial<FullRequest> = {}): Promise<void> {
  const reply = await send(lab, 'POST', CSRS, { body: await requestObject(name, differences) })
  assert.equal(reply.status, 201, reply.text)
}

/** As an object to be created. */
export async function requestObject(name: string, differences: Partial<FullRequest> = {}): Promise<object> {
  const wanted = { ...PROPER, ...differences }
  const bytes = await makeRequest(wanted, await makeKey(wanted.keyType))
  const { signerName, usages } = wanted
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: { request: Buffer.from(bytes).toString('base64'), signerName, usages },
  }
}

/** Reads a request as who made it. */
export const readBack = (lab: Reachable, name: string): Promise<Reply> => send(lab, 'GET', `${CSRS}/${name}`)
