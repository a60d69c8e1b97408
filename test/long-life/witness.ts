import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { askReport } from '../../src/control/control-client.ts'
import type { CertificateReport } from '../../src/agent/report.ts'
import type { Purpose } from '../../src/csr/constants.ts'
import type { LabEvent } from '../../src/lab/index.ts'
import { type Life, MINUTE_MS } from './life.ts'

/** What was seen of a life from outside: the disk each minute, the requests in the lab, what the daemon says when it is asked. */
export interface Witness {
  /** Requests that were created, issued, denied, and gone before they were either. */
  readonly requests: { created: number; issued: number; denied: number; lost: number }
  /** The most requests of one purpose that were ever alive at once. */
  readonly mostAlive: number
  /** How long after its drawn moment a rotation was seen at most: on quiet days, and where an incident came in between, ms. */
  readonly latest: { quiet: number; troubled: number }
  /** Minutes in which a credential was expired, during incidents that may cost it. */
  readonly expiredMinutes: number
  /** What should not have been. */
  readonly faults: string[]
  /** Looks each minute, until the life is over. */
  look(): Promise<never>
}

/** What goes wrong at a moment, as far as it excuses something. */
export interface Trouble {
  /** Whether an incident is under way, or was within the last minutes. */
  recent(): boolean
  /** Whether it may cost the credential. */
  mayExpire(): boolean
}

const LINKS = { client: 'kubelet-client-current.pem', serving: 'kubelet-server-current.pem' } as const
const PURPOSES = ['client', 'serving'] as const

export function createWitness(life: Life, trouble: Trouble): Witness {
  const { clock, lab, certDir, signal } = life
  const requests = { created: 0, issued: 0, denied: 0, lost: 0 }
  const alive: Record<Purpose, Set<string>> = { client: new Set(), serving: new Set() }
  const latest = { quiet: 0, troubled: 0 }
  const faults: string[] = []
  const inUse: Partial<Record<Purpose, { target: string; certificate: CertificateReport; troubled: boolean }>> = {}
  let mostAlive = 0
  let expiredMinutes = 0

  const fault = (what: string): void => {
    faults.push(`${clock.now().toISOString()}: ${what}`)
  }

  const note = (event: LabEvent): void => {
    if (event.kind === 'request' || event.kind === 'settings') return
    if (event.kind === 'restarted') {
      if (event.state === 'lose') for (const purpose of PURPOSES) lose(purpose)
      return
    }
    const purpose = event.signerName.endsWith('serving') ? 'serving' : 'client'
    const mine = alive[purpose]
    if (event.kind === 'created') {
      requests.created++
      mine.add(event.name)
      mostAlive = Math.max(mostAlive, mine.size)
      if (mine.size > 1) fault(`${mine.size} requests for the ${purpose} credential are alive`)
    } else if (event.kind === 'signed') {
      requests.issued++
      mine.delete(event.name)
    } else if (event.kind === 'denied' || event.kind === 'failed') {
      requests.denied++
      mine.delete(event.name)
    } else if (event.kind === 'deleted' && mine.delete(event.name)) requests.lost++
  }
  const lose = (purpose: Purpose): void => {
    requests.lost += alive[purpose].size
    alive[purpose].clear()
  }
  void (async () => {
    for await (const event of lab.events(signal)) note(event)
  })()

  const lookAt = async (purpose: Purpose): Promise<void> => {
    const target = linkOf(join(certDir, LINKS[purpose]))
    const before = inUse[purpose]
    if (target !== undefined && target !== before?.target) {
      const certificate = (await askReport(certDir, signal).catch(() => undefined))?.[purpose]?.certificate
      if (!certificate || certificate.serial === before?.certificate.serial) return // it restarts; the next look finds it
      if (before) {
        const late = clock.now().getTime() - before.certificate.rotateAt.getTime()
        const kind = before.troubled || trouble.recent() ? 'troubled' : 'quiet'
        latest[kind] = Math.max(latest[kind], late)
      }
      inUse[purpose] = { target, certificate, troubled: false }
    }
    const now = inUse[purpose]
    if (!now) return
    const due = now.certificate.rotateAt.getTime() - MINUTE_MS
    if (trouble.recent() && clock.now().getTime() >= due) now.troubled = true
    if (now.certificate.notAfter > clock.now()) return
    if (trouble.mayExpire()) expiredMinutes++
    else fault(`the ${purpose} credential has expired at ${now.certificate.notAfter.toISOString()}`)
  }

  return {
    ...{ requests, latest, faults },
    get mostAlive() {
      return mostAlive
    },
    get expiredMinutes() {
      return expiredMinutes
    },
    look: async () => {
      for (;;) {
        await clock.sleep(MINUTE_MS, signal)
        for (const purpose of PURPOSES) await lookAt(purpose)
      }
    },
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** Files of the node that should not be there: all but two pairs of each purpose and what docs/run.md names. */
export function filesLeftOver({ dir, certDir }: Life): string[] {
  const names = readdirSync(certDir)
  const kept = [
    ...['certlet.lock', 'certlet.machine', 'certlet.sock', ...Object.values(LINKS)],
    ...['kubelet-client', 'kubelet-server'].flatMap((prefix) =>
      names.filter((name) => name.startsWith(`${prefix}-2`) && name.endsWith('.pem')).slice(-2),
    ),
  ]
  return [
    ...names.filter((name) => !kept.includes(name)),
    ...readdirSync(join(dir, 'etc')).filter((name) => name !== 'kubelet.conf'),
  ]
}
