/** Sends the requests of a suite to a lab in this process, and looks what becomes of them: without what `certlet probe` adds. */
import { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from 'js-yaml'
import type { Lab } from '../../src/lab/index.ts'
import { type Expectation, expectationOf, type VerdictName } from '../../src/probe/expectation.ts'
import { fullRequest } from '../../src/probe/full-request.ts'
import type { Identity } from '../../src/probe/identity.ts'
import { makeKey, makeRequest } from '../../src/probe/make/make-request.ts'
import { filled, type PlaceholderValues } from '../../src/probe/placeholders.ts'
import { kubeadmRequestors } from '../../src/probe/policies/rights.ts'
import type { Policy, Requestor, Server } from '../../src/probe/policy.ts'
import { type ProbeKey, type RequestBody, requestBody } from '../../src/probe/request-body.ts'
import type { ProbeCase, Suite } from '../../src/probe/suite.ts'
import { CSRS, type Csr } from './lab-requests.ts'

/** What became of a request, and what was expected. */
export interface Outcome {
  readonly name: string
  readonly verdict: VerdictName
  readonly status: number
  readonly message: string
  readonly expected: Expectation
  readonly certificatePem?: string
}

const requestorOf = kubeadmRequestors(new Date())

/** Whether what came is among what was expected. */
export const holds = ({ verdict, status, expected }: Outcome): boolean =>
  expected.verdicts.includes(verdict) && (expected.status ?? status) === status

export interface RunOptions {
  readonly policy: Policy
  readonly server: Server
  readonly values: PlaceholderValues
  /** How long nothing must happen until what is expected to stay undecided counts as pending. */
  readonly quietMs: number
  /** Most copies of a case that are sent. */
  readonly mostCopies: number
  /** How a lab goes on after a case that has its own settings. */
  readonly restore: (lab: Lab) => void
}

export async function runOnLab(suite: Suite, lab: Lab, options: RunOptions): Promise<Outcome[]> {
  const keys = new Map<string, ProbeKey>()
  const outcomes: Outcome[] = []
  const together: Promise<Outcome>[] = []
  const send = async (one: ProbeCase, copy: number): Promise<Outcome> => {
    const as = one.as ?? suite.defaults?.as ?? 'node'
    const requestor = requestorNamed(as, options.values)
    const values = { ...options.values, user: requestor.username, copy: String(copy) }
    const full = fullRequest({ ...suite.defaults?.request, ...one.request }, values)
    const key = keys.get(one.request?.keyOf ?? '') ?? (await makeKey(full.keyType))
    keys.set(one.name, key)
    const body = requestBody(full, await makeRequest(full, key))
    const written = one.expectFor?.[options.policy.name] ?? one.expect
    const expected =
      written === undefined
        ? options.policy.expect(body, requestor, options.server)
        : expectationOf(filled(written, values))
    return {
      name: one.name,
      expected,
      ...(await submit(lab, body, requestor, { ...one, expected, quietMs: options.quietMs })),
    }
  }
  for (const one of suite.cases) {
    const copies = Math.min(one.copies ?? 1, options.mostCopies)
    if (one.lab || one.after) await Promise.all(together)
    if (one.lab?.approval) lab.setApproval(one.lab.approval)
    if (one.lab?.signing) lab.setSigning(one.lab.signing)
    const sent = Array.from({ length: copies }, (_, i) => send(one, i + 1))
    // A later case may be of this one's key.
    if (one.lab) outcomes.push(...(await Promise.all(sent)))
    else together.push(...sent)
    if (one.lab) options.restore(lab)
    while (!keys.has(one.name)) await sleep(1)
  }
  return [...outcomes, ...(await Promise.all(together))]
}

function requestorNamed(as: Identity, { node, otherNode }: PlaceholderValues): Requestor {
  const nodeNamed = (name: string): Requestor => requestorOf(`system:node:${name}`, ['system:nodes'])
  if (typeof as === 'object') {
    return requestorOf(as.user.replace('${node}', node).replace('${otherNode}', otherNode), as.groups ?? [])
  }
  switch (as) {
    case 'node':
      return nodeNamed(node)
    case 'other-node':
      return nodeNamed(otherNode)
    case 'bootstrap':
      return requestorOf('system:bootstrap:abcdef', [
        'system:bootstrappers',
        'system:bootstrappers:kubeadm:default-node-token',
      ])
    case 'self':
      return requestorOf('kubernetes-admin', ['system:masters'])
  }
}

/** The administrator's certificate, DER, with which everybody else is impersonated. */
function administrator(lab: Lab): Uint8Array {
  const { users } = load(lab.adminKubeconfig()) as { users: { user: Record<string, string> }[] }
  return new X509Certificate(Buffer.from(users[0]?.user['client-certificate-data'] ?? '', 'base64')).raw
}

async function submit(
  lab: Lab,
  { request, ...spec }: RequestBody,
  { username, groups }: Requestor,
  { deleteWhen, expected, quietMs }: Pick<ProbeCase, 'deleteWhen'> & Patience,
): Promise<Omit<Outcome, 'name' | 'expected'>> {
  const object = {
    metadata: { generateName: 'probe-' },
    spec: { ...spec, request: Buffer.from(request).toString('base64') },
  }
  const response = lab.handle({
    method: 'POST',
    path: CSRS,
    headers: {
      'content-type': ['application/json'],
      'impersonate-user': [username],
      ...(groups.length > 0 && { 'impersonate-group': groups }),
    },
    clientCertificates: [administrator(lab)],
    body: Buffer.from(JSON.stringify(object)),
  })
  const { status } = response
  const answer = JSON.parse(Buffer.from(response.body as Uint8Array).toString()) as Csr & { message?: string }
  if (status !== 201) return { verdict: 'rejected', status, message: answer.message ?? '' }
  const found = await settled(lab, answer.metadata.name, { expected, quietMs })
  if (found && deleteWhen) await lab.admin('DELETE', `${CSRS}/${answer.metadata.name}`)
  const gone = deleteWhen ? await read(lab, answer.metadata.name) : found
  return { status, ...verdictOf(gone) }
}

function verdictOf(csr: Csr | undefined): Pick<Outcome, 'verdict' | 'message' | 'certificatePem'> {
  if (csr === undefined) return { verdict: 'gone', message: '' }
  const { conditions = [], certificate } = csr.status
  const of = (type: string) => conditions.find((condition) => condition.type === type)
  const bad = of('Denied') ?? of('Failed')
  if (bad) return { verdict: bad.type === 'Denied' ? 'denied' : 'failed', message: bad.message }
  const approved = of('Approved')
  if (!approved) return { verdict: 'pending', message: '' }
  if (certificate === undefined) return { verdict: 'approved', message: approved.message }
  const certificatePem = Buffer.from(certificate, 'base64').toString()
  return { verdict: 'issued', message: approved.message, certificatePem }
}

interface Patience {
  readonly expected: Expectation
  readonly quietMs: number
}

/** Verdicts that somebody has to give. */
const DECIDED: ReadonlySet<VerdictName> = new Set(['approved', 'denied', 'failed', 'issued'])

/** How long a decision may take that has to come. */
const PATIENCE_MS = 10_000

/** The request when it is decided for good, or when nothing more has happened to it for as long as that matters. */
async function settled(lab: Lab, name: string, { expected, quietMs }: Patience): Promise<Csr | undefined> {
  const { verdicts } = expected
  let found = await read(lab, name)
  for (let since = Date.now(); found;) {
    const { verdict } = verdictOf(found)
    if (['issued', 'denied', 'failed'].includes(verdict)) break
    const moreIsToCome = verdict === 'pending' ? verdicts.some((one) => DECIDED.has(one)) : verdicts.includes('issued')
    if (Date.now() - since > (moreIsToCome ? PATIENCE_MS : quietMs)) break
    await sleep(10)
    const next = await read(lab, name)
    if (next?.metadata.resourceVersion !== found.metadata.resourceVersion) since = Date.now()
    found = next
  }
  return found
}

async function read(lab: Lab, name: string): Promise<Csr | undefined> {
  const { status, body } = await lab.admin('GET', `${CSRS}/${name}`)
  return status === 200 ? (body as Csr) : undefined
}
