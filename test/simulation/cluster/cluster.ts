import type { Authority } from '../../../src/lab/pki/authority.ts'
import { EPOCH_MS } from '../machine/machine.ts'
import type { Random } from '../random.ts'
import type { Entry, Timeline } from '../timeline.ts'
import { authorityOf } from './authorities.ts'
import { bodyOf, type IssuedRecord, issue, type WrongKind } from './signer.ts'

export type Purpose = 'client' | 'serving'

/** A CertificateSigningRequest. Replaced as a whole at each change. */
export interface StoredRequest {
  readonly name: string
  readonly uid: string
  readonly version: number
  /** By the server's clock, ms. */
  readonly createdAt: number
  readonly purpose: Purpose
  readonly signerName: string
  readonly request: string
  readonly usages: readonly string[]
  readonly expirationSeconds: number | undefined
  readonly username: string
  readonly groups: readonly string[]
  readonly conditions: readonly Condition[]
  readonly certificate: string | undefined
  /** The machine that sent it, and the digest of its key: for the invariants' eyes only. */
  readonly from: string
  readonly key: string
  /** It came back with a backup. */
  readonly revived: boolean
}

export interface Condition {
  readonly type: 'Approved' | 'Denied' | 'Failed'
  readonly reason: string
  readonly at: number
}

export interface Token {
  readonly id: string
  readonly secret: string
  /** By the server's clock, ms. */
  expiresAt: number
}

/** What becomes of requests, and how well the server answers. */
export interface Conduct {
  approves: boolean
  signs: boolean
  /** Chance that an approver denies instead. */
  denies: number
  /** Chance that the signer issues something that must not be used. */
  wrong: number
  wrongKinds: readonly WrongKind[]
  down: boolean
  /** Chance of an answer that is an error. */
  errors: number
  /** How old an answer to a read may be, ms. */
  staleMs: number
  /** Lifetime of certificates, s. */
  durationSeconds: number
}

interface Change {
  readonly at: number
  readonly version: number
  readonly name: string
  readonly object: StoredRequest | undefined
}

/** The state that a backup keeps. */
interface Backup {
  readonly requests: Map<string, StoredRequest>
  readonly tokens: Map<string, Token>
  readonly version: number
}

export interface Cluster {
  readonly conduct: Conduct
  readonly requests: ReadonlyMap<string, StoredRequest>
  readonly tokens: Map<string, Token>
  readonly version: number
  /** Certificates that a signer of this cluster has signed, by their text: what was asked, and whether they may be used. */
  readonly issued: ReadonlyMap<string, IssuedRecord>
  /** The authority of the server's own certificate, what the cluster publishes, and those whose clients are accepted. */
  servingCa: Authority
  published: readonly Authority[]
  clientCa: Authority
  acceptedCas: readonly Authority[]
  /** The server's clock, ms since 1970. */
  wall(): number
  create(request: Pick<StoredRequest, Given>): StoredRequest | undefined
  /** As a server would answer whose cache is behind. */
  read(name: string, behindMs: number): StoredRequest | undefined
  versionAt(behindMs: number): number
  /** Changes of one object after a version; undefined if that version is not known. */
  changesSince(name: string, version: number): readonly Change[] | undefined
  onChange(listener: (change: Change) => void): () => void
  remove(name: string): void
  newToken(lifeMs: number): Token
  backup(): Backup
  /** Starts again from a backup: what came after is lost. Whoever watches is cut off. */
  restore(backup: Backup): void
  /** Approvers and signer look at everything again, as after their own restart. */
  lookAnew(withinMs: number): void
  readonly watchers: Set<() => void>
}

type Given = 'name' | 'signerName' | 'request' | 'usages' | 'expirationSeconds' | 'username' | 'groups' | 'from' | 'key'

const HOUR_MS = 3_600_000
const MOST_CHANGES = 300

/** An API server with its state, and the controllers behind it. */
export function createCluster(timeline: Timeline, random: Random, durationSeconds: number): Cluster {
  let requests = new Map<string, StoredRequest>()
  let tokens = new Map<string, Token>()
  let version = 100
  let oldest = version
  let uids = 0
  let changes: Change[] = []
  const issued = new Map<string, IssuedRecord>()
  const cleanings = new Map<string, Entry>()
  const listeners = new Set<(change: Change) => void>()
  const servingCa = authorityOf('kubernetes', 0)
  const clientCa = authorityOf('kubernetes-clients', 0)

  const wall = (): number => EPOCH_MS + timeline.now

  const put = (name: string, object: StoredRequest | undefined): void => {
    if (object) requests.set(name, object)
    else requests.delete(name)
    const change = { at: timeline.now, version, name, object }
    changes.push(change)
    if (changes.length > MOST_CHANGES) oldest = changes.splice(0, MOST_CHANGES / 2).at(-1)?.version ?? oldest
    timeline.changed()
    for (const listener of [...listeners]) listener(change)
    if (object) schedule(object)
  }

  /** Lets the controllers do what they do about an object of this state. */
  const schedule = (object: StoredRequest, withinMs?: number): void => {
    const { name, uid, version: seen, conditions, certificate } = object
    const later = (ms: number, act: (now: StoredRequest) => void): Entry =>
      timeline.after(ms, undefined, () => {
        const now = requests.get(name)
        if (now?.uid === uid && now.version === seen) act(now)
      })
    const decided = conditions.at(-1)?.type
    if (decided === undefined) later(withinMs ?? random.spread(50, 2_000), approve)
    if (decided === 'Approved' && certificate === undefined) later(withinMs ?? random.spread(20, 1_000), sign)
    const before = cleanings.get(name)
    if (before) before.gone = true
    cleanings.set(
      name,
      later(cleanedAfterMs(object), (now) => {
        remove(now.name)
      }),
    )
  }

  const change = (now: StoredRequest, but: Partial<StoredRequest>): void => {
    version++
    put(now.name, { ...now, ...but, version })
  }

  const approve = (now: StoredRequest): void => {
    if (!cluster.conduct.approves || cluster.conduct.down) return
    const type = random.chance(cluster.conduct.denies) ? 'Denied' : 'Approved'
    change(now, { conditions: [{ type, reason: 'Simulated', at: wall() }] })
  }

  const sign = (now: StoredRequest): void => {
    const { conduct } = cluster
    if (!conduct.signs || conduct.down) return
    const wrong = random.chance(conduct.wrong) ? random.pick(conduct.wrongKinds) : undefined
    const { certificate, record } = issue(now, {
      ...{ wrong, now: wall(), durationSeconds: conduct.durationSeconds, authority: cluster.clientCa },
      serial: issued.size,
    })
    if (record) issued.set(bodyOf(certificate), record)
    change(now, { certificate })
  }

  /** The cleaner comes by once an hour. Source: pkg/controller/certificates/cleaner/cleaner.go. */
  const cleanedAfterMs = ({ conditions, certificate, createdAt }: StoredRequest): number => {
    const decided = conditions.at(-1)
    const quick = decided !== undefined && (decided.type !== 'Approved' || certificate !== undefined)
    const due = (decided?.at ?? createdAt) + (quick ? 1 : 24) * HOUR_MS
    return Math.ceil((due + 1) / HOUR_MS) * HOUR_MS - wall()
  }

  const remove = (name: string): void => {
    if (!requests.has(name)) return
    version++
    put(name, undefined)
  }

  const cluster: Cluster = {
    conduct: {
      ...{ approves: true, signs: true, denies: 0, wrong: 0, wrongKinds: [], down: false, errors: 0, staleMs: 0 },
      durationSeconds,
    },
    get requests() {
      return requests
    },
    get tokens() {
      return tokens
    },
    get version() {
      return version
    },
    issued,
    ...{ servingCa, published: [servingCa], clientCa, acceptedCas: [clientCa] },
    wall,
    create: (given) => {
      if (requests.has(given.name)) return undefined
      version++
      const object: StoredRequest = {
        ...given,
        ...{ uid: `uid-${++uids}`, version, createdAt: wall(), conditions: [], certificate: undefined, revived: false },
        purpose: given.signerName === 'kubernetes.io/kubelet-serving' ? 'serving' : 'client',
      }
      put(given.name, object)
      return object
    },
    read: (name, behindMs) => {
      if (behindMs === 0) return requests.get(name)
      const now = timeline.now - behindMs
      const since = changes.filter((one) => one.name === name)
      const before = since.findLast(({ at }) => at <= now)
      return before || since.length > 0 ? before?.object : requests.get(name)
    },
    versionAt: (behindMs) => changes.findLast(({ at }) => at <= timeline.now - behindMs)?.version ?? oldest,
    changesSince: (name, from) =>
      from < oldest || from > version ? undefined : changes.filter((one) => one.name === name && one.version > from),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    remove,
    newToken: (lifeMs) => {
      const id = `t${String(tokens.size).padStart(5, '0')}`
      const token = { id, secret: '0123456789abcdef', expiresAt: wall() + lifeMs }
      tokens.set(id, token)
      timeline.changed()
      return token
    },
    backup: () => ({ requests: new Map(requests), tokens: new Map(tokens), version }),
    restore: (backup) => {
      const lost = requests
      requests = new Map()
      tokens = new Map(backup.tokens)
      version = backup.version
      oldest = version
      changes = []
      for (const watcher of [...cluster.watchers]) watcher()
      for (const [name, object] of backup.requests) {
        requests.set(name, lost.get(name) === object ? object : { ...object, revived: true })
      }
      cluster.lookAnew(5_000)
      timeline.changed()
    },
    lookAnew: (withinMs) => {
      for (const object of requests.values()) schedule(object, random.next() * withinMs)
    },
    watchers: new Set(),
  }
  return cluster
}
