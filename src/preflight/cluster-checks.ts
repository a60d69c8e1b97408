import { approvalRight } from '../agent/waiting.ts'
import { SIGNER_NAMES } from '../csr/constants.ts'
import type { SigningRequest } from '../csr/signing-request.ts'
import { parseBootstrapToken } from '../discovery/bootstrap-token.ts'
import { readClusterInfo } from '../discovery/discover.ts'
import { CertletError } from '../errors.ts'
import type { Limits } from '../kube/http-library.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { nodeReadiness } from '../kube/node-readiness.ts'
import { requestSample } from '../kube/request-sample.ts'
import { reviews, type UserInfo } from '../kube/reviews.ts'
import { servesSigningRequests, serverVersion } from '../kube/served.ts'
import { signingRequests } from '../kube/signing-requests.ts'
import { openRequest } from '../status/open-request.ts'
import { type Access, nodeAccess } from './access.ts'
import { apiFinding } from './cluster/api.ts'
import { approvalFinding, renewalFinding } from './cluster/approval.ts'
import { nameFinding, openRequestsFor } from './cluster/name.ts'
import { missingRights, rightsFinding } from './cluster/rights.ts'
import { servingFinding, signerFinding } from './cluster/signer.ts'
import { askCaller, tokenFinding, whyRefused } from './cluster/token.ts'
import { type CheckName, failedBy, type Finding } from './finding.ts'
import type { Looked } from './disk-checks.ts'
import { unmade } from './network-checks.ts'
import { once, type PreflightTask, STEP_MS } from './task.ts'

/** What only the cluster can answer, in the order of the table. */
export const CLUSTER_CHECKS = ['api', 'token', 'rights', 'approval', 'renewal', 'serving', 'signer', 'name'] as const

const LIMITS: Limits = { timeoutMs: STEP_MS, largestAnswer: 4 * 1024 * 1024 }

type QuickTask = Pick<PreflightTask, 'clock' | 'signal'>

/** Asks the cluster, with the credential itself. Nothing is created: reviews are answered, and not kept. */
export async function clusterFindings(access: Access, looked: Looked, task: PreflightTask): Promise<Finding[]> {
  using connection = connectionTo(access.kubeConfig, once(task.clock), LIMITS)
  const caller = await askCaller(reviews(connection), access, task.signal)
  const token = await findingOf(caller, access, task)
  if (caller instanceof CertletError) return unmade('token', wanted(task), [token])
  const made = await Promise.all(checksOf({ connection, caller, looked, task }))
  return unmade('token', wanted(task), [token, ...made.flat()])
}

/** Whether the credential is accepted; if not, why. */
export async function tokenCheck(access: Access, task: QuickTask): Promise<Finding> {
  using connection = connectionTo(access.kubeConfig, once(task.clock), LIMITS)
  return await findingOf(await askCaller(reviews(connection), access, task.signal), access, task)
}

/** The checks of the cluster that make sense for this task. */
export function wanted({ settings }: Pick<PreflightTask, 'settings'>): CheckName[] {
  return CLUSTER_CHECKS.filter((name) => name !== 'serving' || settings.serving !== undefined)
}

async function findingOf(
  caller: Awaited<ReturnType<typeof askCaller>>,
  access: Access,
  task: QuickTask,
): Promise<Finding> {
  const refused = caller instanceof CertletError && caller.code === 'UNAUTHORIZED'
  return tokenFinding(caller, refused ? await whyOf(access, task) : undefined)
}

interface Asking {
  readonly connection: Connection
  readonly caller: UserInfo
  readonly looked: Looked
  readonly task: PreflightTask
}

function checksOf(asking: Asking): Promise<Finding[]>[] {
  const { connection, caller, task } = asking
  const { settings, signal, clock } = task
  const { identity } = settings
  const review = reviews(connection)
  const sample = requestSample(connection, SIGNER_NAMES.client, signal)
  sample.catch(() => undefined) // each check that waits for it says so itself
  return [
    guarded('api', task, async () => [
      apiFinding({
        version: await serverVersion(connection, signal),
        signingRequests: await servesSigningRequests(connection, signal),
      }),
    ]),
    guarded('rights', task, async () => [rightsFinding(await missingRights(review, signal), caller)]),
    guarded('approval', task, async () => [
      approvalFinding(await review.may(approvalRight(caller.username).right, signal), caller, identity),
    ]),
    guarded('renewal', task, async () => [renewalFinding(await renewable(asking), identity)]),
    ...(settings.serving
      ? [
          guarded('serving', task, async () => [
            servingFinding(await requestSample(connection, SIGNER_NAMES.serving, signal), clock.now()),
          ]),
        ]
      : []),
    guarded('signer', task, async () => [signerFinding(await sample, clock.now())]),
    guarded('name', task, async () => [await nameCheck(asking, await sample)]),
  ]
}

/** Asks about the right that the node's own certificate needs: by itself where it is there, else as somebody else, who seldom may. */
async function renewable({ connection, caller, looked, task }: Asking): Promise<boolean | undefined> {
  const { commonName } = task.settings.identity
  const { right } = approvalRight(commonName)
  if (caller.username === commonName) return reviews(connection).may(right, task.signal)
  const own = nodeAccess(looked.look)
  if (!own) {
    const node = { username: commonName, groups: ['system:nodes', 'system:authenticated'] }
    return reviews(connection).mayOther(node, right, task.signal)
  }
  using nodes = connectionTo(own.kubeConfig, once(task.clock), LIMITS)
  return await reviews(nodes).may(right, task.signal)
}

async function nameCheck(
  { connection, looked, task }: Asking,
  sample: readonly SigningRequest[] | undefined,
): Promise<Finding> {
  const { settings, signal, replace } = task
  const { identity } = settings
  const ownName = openRequest('client', looked.looking, settings)
  const facts = {
    node: await nodeReadiness(connection, identity.nodeName, signal),
    others: await openRequestsFor(identity, sample ?? [], ownName),
    own: ownName === undefined ? undefined : await signingRequests(connection).read(ownName, signal),
    joined: nodeAccess(looked.look) !== undefined,
    replace,
  }
  return nameFinding(facts, identity)
}

/** What is wrong with a bootstrap token that is refused, as far as cluster-info tells; a question that fails leaves it open. */
async function whyOf({ server, token }: Access, { clock, signal }: QuickTask): Promise<string | undefined> {
  const split = parseBootstrapToken(token ?? '')
  const { url, caPem, proxyUrl, tlsServerName } = server
  // cluster-info is read as `join` reads it, which knows neither of the two.
  if (!split || caPem === undefined || proxyUrl !== undefined || tlsServerName !== undefined) return undefined
  try {
    const info = await readClusterInfo({ server: url, caPem }, { retry: once(clock), signal, limits: LIMITS })
    return whyRefused(split, info)
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** A check that ends in an error of ours is a failed check, and the others go on. */
async function guarded(name: CheckName, { signal }: QuickTask, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CertletError && !signal.aborted) return [failedBy(name, error)]
    throw error
  }
}
