import { type Arrival, isProof } from './cluster/api.ts'
import { bodyOf, type IssuedRecord } from './cluster/signer.ts'
import type { Cluster, Purpose, StoredRequest } from './cluster/cluster.ts'
import { keyOf } from './keys.ts'
import { contentOf, find, type Folder, type View } from './machine/disk.ts'
import type { Call, Machine } from './machine/machine.ts'
import type { Process } from './machine/process.ts'
import { type Node, PATHS } from './node.ts'
import type { World } from './world.ts'

/**
 * What must hold whatever happens. Each is a function that says in words what is wrong, and nothing as long as all is well. They look at
 * disks and the cluster from outside; of certlet's sources they use the unchanged ones, even while broken ones run.
 */
export type Fault = string | undefined

export const CURRENT = {
  client: `${PATHS.pki}/kubelet-client-current.pem`,
  serving: `${PATHS.pki}/kubelet-server-current.pem`,
} as const
const PENDING = {
  client: `${PATHS.pki}/kubelet-client.key.tmp`,
  serving: `${PATHS.pki}/kubelet-server.key.tmp`,
} as const
const PURPOSES = ['client', 'serving'] as const
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** What the invariants remember of a node. */
export interface Memory {
  /** Certificates of which the API server has told this machine that it accepts them. */
  readonly proven: Set<string>
  /** Those of which it has told it that it does not, and how often it was asked after that. */
  readonly refused: Map<string, number>
  /** Pairs that were in use, the newest last; the first is followed by others only. */
  readonly used: Record<Purpose, string[]>
  readonly hadPair: Set<Purpose>
  hadKubeconfig: boolean
  /** The client certificate that was in use last. */
  inUse: string | undefined
  /** Calls that arrived, by the hour. */
  calls: { hour: number; all: number; creates: number }
}

export function noMemory(): Memory {
  return {
    ...{
      proven: new Set(),
      refused: new Map(),
      used: { client: [], serving: [] },
      hadPair: new Set(),
      hadKubeconfig: false,
      inUse: undefined,
    },
    ...{ calls: { hour: 0, all: 0, creates: 0 } },
  }
}

/** A pair file's certificate and key; undefined if it is not whole. */
function pairAt(
  { oracle }: World,
  machine: Machine,
  path: string,
  view: View,
): { body: string; key: string } | undefined {
  const text = contentOf(machine.disk, path, view)
  if (text === undefined) return undefined
  const known = pairs.get(text)
  if (known !== undefined) return known.pair
  const read = oracle.readPair(text)
  const pair = 'broken' in read ? undefined : { body: bodyOf(read.certificatePem), key: keyOf(read.privateKeyPem) }
  pairs.set(text, { pair })
  if (pairs.size > 5_000) pairs.clear()
  return pair
}
const pairs = new Map<string, { pair: { body: string; key: string } | undefined }>()

function pendingKey(machine: Machine, purpose: Purpose, view: View): string | undefined {
  const text = contentOf(machine.disk, PENDING[purpose], view)
  try {
    return text === undefined ? undefined : keyOf(text)
  } catch {
    return undefined
  }
}

function namesIn(machine: Machine, path: string, view: View = 'now'): string[] {
  try {
    const { inode } = find(machine.disk.root, path, { follow: true, view })
    const folder = inode as Folder
    return [...(view === 'now' ? folder.names : folder.safe).keys()]
  } catch {
    return []
  }
}

/** Whether a key would survive a power cut: as the pending one, or in a pair. */
function isSafe(world: World, machine: Machine, key: string): boolean {
  if (PURPOSES.some((purpose) => pendingKey(machine, purpose, 'safe') === key)) return true
  return safePairs(world, machine).some((pair) => pair.key === key)
}

function safePairs(world: World, machine: Machine): { body: string; key: string }[] {
  return namesIn(machine, PATHS.pki, 'safe')
    .filter((name) => name.endsWith('.pem'))
    .flatMap((name) => pairAt(world, machine, `${PATHS.pki}/${name}`, 'safe') ?? [])
}

// When a request arrives at the server.

/** The key of a request is on disk, safe from a power cut, before the request arrives: a crash must not orphan it. */
export function aRequestsKeyIsSafe(_world: World, node: Node, request: StoredRequest): Fault {
  const key = pendingKey(node.machine, request.purpose, 'safe')
  return key === request.key
    ? undefined
    : `the ${request.purpose} request ${request.name} is made with a key that is not safe on disk`
}

/** Of one purpose and machine, never two requests are open at once. What a restored backup brings back is not counted. */
export function oneOpenRequest({ cluster }: World, node: Node, request: StoredRequest): Fault {
  const open = [...cluster.requests.values()].filter(
    (one) => one.from === node.machine.name && one.purpose === request.purpose && isOpen(one) && !one.revived,
  )
  return open.length > 1
    ? `${open.length} ${request.purpose} requests are open: ${open.map(({ name }) => name).join(', ')}`
    : undefined
}

function isOpen({ conditions, certificate }: StoredRequest): boolean {
  return certificate === undefined && !conditions.some(({ type }) => type !== 'Approved')
}

/**
 * A request is never made with the key of a pair that was in use and worked: its old certificate would be found. (What was not accepted, or
 * not written, is asked for again with the same key once its request is gone.)
 */
export function aNewRequestHasANewKey(
  { cluster }: World,
  memory: Memory,
  { purpose, key, name }: StoredRequest,
): Fault {
  const wasUsed = memory.used[purpose].some((text) => text.endsWith(` ${key}`))
  const worked = purpose === 'serving' || [...memory.proven].some((body) => cluster.issued.get(body)?.key === key)
  return wasUsed && worked ? `the ${purpose} request ${name} is made with the key of a pair that works` : undefined
}

/** No machine presents a key that was made on another one. */
export function noKeyOfAnotherMachine(world: World, node: Node, { certificate }: Arrival): Fault {
  const record = certificate === undefined ? undefined : world.cluster.issued.get(bodyOf(certificate))
  return record === undefined || node.keys.has(record.key)
    ? undefined
    : 'it presents a key that was made on another machine'
}

/** Whoever presents a key has it on disk, safe from a power cut. */
export function aKeyInUseIsSafe(world: World, node: Node, { certificate }: Arrival): Fault {
  const record = certificate === undefined ? undefined : world.cluster.issued.get(bodyOf(certificate))
  if (record === undefined) return undefined
  return isSafe(world, node.machine, record.key) ? undefined : 'it presents a key that is not safe on disk'
}

/** The token is sent only by a machine that has no credential that would do. */
export function aTokenIsUsedOnlyWhereItIsNeeded(world: World, node: Node, { token, path }: Arrival): Fault {
  if (token === undefined || !path.includes('certificatesigningrequests')) return undefined
  const pair = pairAt(world, node.machine, CURRENT.client, 'now')
  const record = pair && world.cluster.issued.get(pair.body)
  if (!record || !node.keys.has(record.key) || contentOf(node.machine.disk, PATHS.kubeconfig) === undefined)
    return undefined
  const now = Math.min(node.machine.wall(), world.cluster.wall())
  const latest = Math.max(node.machine.wall(), world.cluster.wall())
  const good = record.wrong === undefined && record.notBefore <= now && latest < record.notAfter
  return good && canBeRenewed(world, node, record) && calmFor(world, node) > HOUR_MS
    ? 'it asks with the token although its credential is good'
    : undefined
}

/** A node asks as much as is reasonable, whatever the server does. */
export function callsArePaced({ timeline }: World, node: Node, { calls }: Memory, { path, method }: Arrival): Fault {
  const hour = Math.floor(timeline.now / HOUR_MS)
  if (calls.hour !== hour) Object.assign(calls, { hour, all: 0, creates: 0 })
  calls.all++
  if (method === 'POST' && path.endsWith('certificatesigningrequests')) calls.creates++
  if (calls.all > MOST_CALLS) return `${node.nodeName} has sent more than ${MOST_CALLS} requests within the hour`
  return calls.creates > MOST_CREATES
    ? `it has sent more than ${MOST_CREATES} signing requests within the hour`
    : undefined
}
const MOST_CALLS = 3_000
const MOST_CREATES = 400

/**
 * A certificate that the API server refuses is not taken up again with its request: it is asked about no more, unless it is in use. (A process
 * that was killed before it could forget it, or a copied disk, may take it up once more.)
 */
export function aRefusedCertificateIsGivenUp(
  world: World,
  node: Node,
  { refused }: Memory,
  { certificate, path }: Arrival,
): Fault {
  const body = certificate === undefined ? '' : bodyOf(certificate)
  const times = refused.get(body)
  if (times === undefined || !isProof(path) || pairAt(world, node.machine, CURRENT.client, 'now')?.body === body)
    return undefined
  refused.set(body, times + 1)
  return times < MOST_PROOFS ? undefined : `it presents a certificate that was refused for the ${times + 1}th time`
}
const MOST_PROOFS = 3

// Before a system call, and after a disk has changed.

/** The token's file goes only when the API server has told this machine that it accepts what would survive a power cut. */
export function aTokenGoesAfterTheProof(world: World, node: Node, { proven }: Memory, { name, path }: Call): Fault {
  if (path !== PATHS.bootstrap || (name !== 'unlink' && name !== 'rename')) return undefined
  const pair = pairAt(world, node.machine, CURRENT.client, 'safe')
  if (!pair) return 'the token is removed while no client pair is safe on disk'
  if (contentOf(node.machine.disk, PATHS.kubeconfig, 'safe') === undefined)
    return 'the token is removed while no kubeconfig is safe on disk'
  return proven.has(pair.body) ? undefined : 'the token is removed before the API server has accepted the credential'
}

/** Only who holds the lock changes what is in the folder. */
export function onlyTheHolderWrites(_world: World, process: Process, { name, path, need }: Call): Fault {
  if (need === 'nothing' || !path.startsWith(`${PATHS.pki}/`) || path.endsWith('certlet.lock')) return undefined
  for (const holder of process.machine.locks.values()) {
    if (holder !== process) return `${process.name} does ${name} on ${path} while ${holder.name} holds the lock`
  }
  return process.machine.locks.size === 0 ? `${process.name} does ${name} on ${path} without the lock` : undefined
}

/** Once there was a pair that a power cut would not take back, a reader of the link finds a whole one at every moment: the old or the new. */
export function aReaderFindsAPair(world: World, node: Node, { hadPair }: Memory): Fault {
  for (const purpose of PURPOSES) {
    const pair = pairAt(world, node.machine, CURRENT[purpose], 'now')
    if (pair) {
      if (pairAt(world, node.machine, CURRENT[purpose], 'safe')) hadPair.add(purpose)
    } else if (hadPair.has(purpose)) return `there is no whole ${purpose} pair where its link points`
  }
  return undefined
}

/** What the link leads to is safe from a power cut as it is. */
export function aPairInUseIsSafe(world: World, node: Node): Fault {
  for (const purpose of PURPOSES) {
    const now = pairAt(world, node.machine, CURRENT[purpose], 'now')
    if (!now) continue
    const { inode } = find(node.machine.disk.root, CURRENT[purpose], { follow: false })
    const target = inode?.kind === 'link' ? inode.target : CURRENT[purpose]
    if (pairAt(world, node.machine, target, 'safe')?.body !== now.body)
      return `the ${purpose} link leads to a pair that is not safe on disk`
  }
  return undefined
}

/** Nothing is put in use that is not what was asked for. */
export function onlyTheRightCertificateIsUsed(world: World, node: Node, memory: Memory): Fault {
  for (const purpose of PURPOSES) {
    const pair = pairAt(world, node.machine, CURRENT[purpose], 'now')
    if (!pair) continue
    const used = memory.used[purpose]
    const text = `${pair.body.slice(-32)} ${pair.key}`
    if (used.at(-1) === text) continue
    used.push(text)
    const fault = faultOf(world.cluster.issued.get(pair.body), node, {
      key: pair.key,
      purpose,
      now: world.cluster.wall(),
    })
    if (fault !== undefined) return `the ${purpose} pair in use ${fault}`
  }
  return undefined
}

interface Use {
  readonly key: string
  readonly purpose: Purpose
  /** The cluster's clock, ms. */
  readonly now: number
}

function faultOf(record: IssuedRecord | undefined, node: Node, { key, purpose, now }: Use): Fault {
  if (!record) return 'was issued by nobody'
  if (record.wrong !== undefined && record.wrong !== 'not yet valid') return `is wrong: ${record.wrong}`
  if (record.key !== key) return 'is for another key'
  if (record.notBefore > Math.max(now, node.machine.wall())) return 'is not valid yet'
  if (record.commonName !== `system:node:${node.nodeName}` && node.keys.has(key)) return 'is for another node'
  return record.clientAuth === (purpose === 'client') ? undefined : 'is for another purpose'
}

/** A client pair that works is replaced by one that the API server has accepted, not by one that may turn out not to work. */
export function aPairThatWorksIsReplacedByAProvenOne(world: World, node: Node, memory: Memory): Fault {
  const { inUse, proven } = memory
  const pair = pairAt(world, node.machine, CURRENT.client, 'now')
  if (!pair || pair.body === inUse) return undefined
  memory.inUse = pair.body
  const before = inUse === undefined ? undefined : world.cluster.issued.get(inUse)
  const worked = before && proven.has(inUse ?? '') && canBeRenewed(world, node, before)
  const now = Math.max(world.cluster.wall(), node.machine.wall())
  if (!worked || before.notAfter <= now || before.notBefore > Math.min(world.cluster.wall(), node.machine.wall()))
    return undefined
  return proven.has(pair.body) ? undefined : 'a client pair that works is replaced by one that nobody has accepted yet'
}

/** A kubeconfig is there as a whole or not at all, and once it is safe there it stays. */
export function theKubeconfigIsWhole(_world: World, { machine }: Node, memory: Memory): Fault {
  const text = contentOf(machine.disk, PATHS.kubeconfig)
  if (text === undefined) return memory.hadKubeconfig ? 'the kubeconfig is gone' : undefined
  if (contentOf(machine.disk, PATHS.kubeconfig, 'safe') !== undefined) memory.hadKubeconfig = true
  return text.includes(`client-key: ${CURRENT.client}`) && text.endsWith('\n')
    ? undefined
    : 'the kubeconfig is not whole'
}

/** There is no kubeconfig before there is a pair for it. */
export function noKubeconfigWithoutAPair(world: World, { machine }: Node): Fault {
  if (contentOf(machine.disk, PATHS.kubeconfig) === undefined) return undefined
  return pairAt(world, machine, CURRENT.client, 'now') ? undefined : 'there is a kubeconfig, and no pair for it'
}

/** A file with a key in it is its owner's alone, from its first byte on. */
export function keysAreTheirOwners(_world: World, { machine }: Node): Fault {
  for (const name of namesIn(machine, PATHS.pki)) {
    const { inode } = find(machine.disk.root, `${PATHS.pki}/${name}`, { follow: false })
    if (inode?.kind !== 'file' || (inode.mode & 0o077) === 0 || !inode.content.includes('PRIVATE KEY')) continue
    return `${name} holds a key and has the mode ${inode.mode.toString(8)}`
  }
  return undefined
}

/** The pair before the current one is kept as long as the current one is not proven. */
export function theOldPairStaysUntilTheProof(world: World, node: Node, { proven }: Memory, call: Call): Fault {
  if (call.name !== 'unlink' || !/kubelet-client-\d.*\.pem$/.test(call.path)) return undefined
  const pair = pairAt(world, node.machine, CURRENT.client, 'now')
  return pair && proven.has(pair.body) ? undefined : 'an old pair is removed although the current one is not proven'
}

/** A pending key goes only when its pair is in use and safe, or its request has come to nothing. */
export function aPendingKeyGoesAfterItsPair(
  world: World,
  node: Node,
  { refused }: Memory,
  { name, path }: Call,
): Fault {
  const purpose = PURPOSES.find((one) => PENDING[one] === path)
  if (purpose === undefined || name !== 'unlink') return undefined
  const key = pendingKey(node.machine, purpose, 'now')
  const request = [...world.cluster.requests.values()].find((one) => one.key === key && one.from === node.machine.name)
  if (key === undefined || !request || request.revived) return undefined
  if (isOpen(request)) return `the pending ${purpose} key is removed while its request ${request.name} is open`
  const record = request.certificate === undefined ? undefined : world.cluster.issued.get(bodyOf(request.certificate))
  if (!record || record.wrong !== undefined || refused.has(bodyOf(request.certificate ?? ''))) return undefined
  return safePairs(world, node.machine).some((pair) => pair.key === key)
    ? undefined
    : `the pending ${purpose} key is removed before the pair with its certificate is safe on disk`
}

// After each step.

/** What is reported as ready is on disk, in date, and was not refused since it was looked at last. */
export function whatIsReadyIsThere(world: World, node: Node): Fault {
  const report = node.report()
  if (!report) return undefined
  for (const purpose of PURPOSES) {
    const one = report[purpose]
    if (one?.ready !== true || !one.certificate) continue
    if (
      one.certificate.notAfter.getTime() + 2 * MINUTE_MS < node.machine.wall() &&
      calmFor(world, node) > 5 * MINUTE_MS &&
      world.timeline.now - world.leapedAt > 2 * MINUTE_MS
    ) {
      return `the ${purpose} credential is reported as ready, and has expired`
    }
  }
  return undefined
}

/** For how long nothing has been wrong with a node or its cluster, ms. */
function calmFor({ timeline, troubledAt }: World, { fairSince, machine }: Node): number {
  return timeline.now - Math.max(troubledAt, fairSince, machine.asleepUntil)
}

/** A credential does not expire while nothing is wrong. */
export function nothingExpiresInFairWeather(world: World, node: Node): Fault {
  if (node.report() === undefined) return undefined
  /** When the client credential in use was valid: without one there is no way to a serving one, a human is needed for that. */
  let client = { notBefore: 0, notAfter: 0 }
  for (const purpose of PURPOSES) {
    const pair = pairAt(world, node.machine, CURRENT[purpose], 'now')
    const record = pair && world.cluster.issued.get(pair.body)
    if (!record) return undefined
    if (purpose === 'client' && !canBeRenewed(world, node, record)) return undefined
    if (purpose === 'client') client = record
    if (record.notAfter > world.cluster.wall()) continue
    const lifetime = record.notAfter - record.notBefore
    if (lifetime < 7 * HOUR_MS) continue
    // The rotation is due at nine tenths of the lifetime at the latest.
    const end = Math.min(record.notAfter, client.notAfter)
    const calm = Math.min(calmFor(world, node) - (world.cluster.wall() - end), end - client.notBefore)
    if (calm > lifetime * 0.1 + HOUR_MS) return `the ${purpose} credential has expired, and nothing was in the way`
  }
  return undefined
}

/** Whether a node can do anything about its credential: the server takes it, and the node trusts the server. */
function canBeRenewed({ cluster }: World, { machine, keys }: Node, { issuer, key }: IssuedRecord): boolean {
  if (!keys.has(key)) return false // a copied disk
  const kubeconfig = contentOf(machine.disk, PATHS.kubeconfig) ?? ''
  const ca = /certificate-authority-data: (\S+)/.exec(kubeconfig)?.[1] ?? ''
  const trusts = Buffer.from(ca, 'base64').toString().includes(cluster.servingCa.certificatePem.trim())
  return trusts && cluster.acceptedCas.includes(issuer)
}

// When all faults have been over for long enough.

/** A credential that can be valid is valid. */
export function allHaveACredential(world: World, node: Node): Fault {
  const report = node.report()
  if (!report) return 'the daemon does not run'
  for (const purpose of PURPOSES) {
    const one = report[purpose]
    if (!one) continue
    const pair = pairAt(world, node.machine, CURRENT[purpose], 'now')
    const record = pair && world.cluster.issued.get(pair.body)
    if (!one.ready) return `the ${purpose} credential is not ready: ${one.waiting?.sentence ?? 'no reason'}`
    if (one.waiting) return `the ${purpose} credential waits: ${one.waiting.sentence}`
    if (!record) return `there is no ${purpose} pair`
    const now = world.cluster.wall()
    if (now < record.notBefore || now >= record.notAfter) return `the ${purpose} certificate is not in date`
    if (purpose === 'client' && !world.cluster.acceptedCas.includes(record.issuer))
      return 'the client certificate is not accepted'
    const fault = purpose === 'serving' ? theServingCertificateHasTheAddress(node, record) : undefined
    if (fault !== undefined) return fault
    if (one.certificate && one.certificate.notAfter.getTime() !== record.notAfter)
      return `the ${purpose} report is about another certificate`
  }
  return undefined
}

/** The serving certificate is for the address that the machine has by now. */
export function theServingCertificateHasTheAddress({ machine: { address } }: Node, { addresses }: IssuedRecord): Fault {
  return addresses.includes(address) ? undefined : `the serving certificate lacks ${address}`
}

/**
 * Nothing is left over: no draft with a key in it, no pending key, no more pairs than are to be kept, no token. (A draft of the kubeconfig or
 * of the key bindings that a failing disk did not let go stays until the next start.)
 */
export function nothingIsLeftOver(_world: World, { machine, settings }: Node): Fault {
  const names = namesIn(machine, PATHS.pki)
  const stray = names.find((name) => /^kubelet-.*\.(draft|tmp)$/.test(name))
  if (stray !== undefined) return `${stray} is left over`
  for (const prefix of ['kubelet-client', 'kubelet-server']) {
    const dated = names.filter((name) => new RegExp(`^${prefix}-\\d`).test(name)).length
    if (dated > settings.keepPairs + 1) return `${dated} pairs ${prefix} are left over`
  }
  if (contentOf(machine.disk, PATHS.bootstrap) !== undefined) return 'the token is left over'
  return undefined
}

/** No request is open that nobody waits for. */
export function noRequestIsOpen({ cluster }: { cluster: Cluster }, { machine }: Node): Fault {
  const open = [...cluster.requests.values()].find((one) => one.from === machine.name && isOpen(one) && !one.revived)
  return open && `${open.name} is open, and nobody waits for it`
}
