import { askRotation } from '../../src/control/control-client.ts'
import type { Fault } from '../../src/lab/index.ts'
import { CSRS, type Csr } from '../support/lab-requests.ts'
import { DAY_MS, HOUR_MS, type Life, MINUTE_MS } from './life.ts'
import type { Trouble } from './witness.ts'

/** Something that goes wrong, and goes right again when the promise resolves. */
type Incident = (life: Life, draw: number) => Promise<void>

/** At the wire, for up to two minutes: a fault for the time, then none. */
function atTheWire(...faults: Fault[]): Incident {
  return async ({ lab, clock, signal }, draw) => {
    lab.setFaults(faults)
    await clock.sleep((0.5 + 1.5 * draw) * MINUTE_MS, signal)
    lab.setFaults([])
  }
}

const APPROVING = {
  mode: 'auto',
  rules: [{ signer: 'kubernetes.io/kubelet-serving', verdict: 'approve' }],
} as const

/** Somebody denies what the node asks for; then an administrator deletes it, or asks the daemon to rotate once more. */
const denial: Incident = async ({ lab, clock, certDir, signal }, draw) => {
  lab.setApproval({ mode: 'deny' })
  await askRotation(certDir, 'client', signal).catch(nothing)
  await clock.sleep(MINUTE_MS, signal)
  lab.setApproval(APPROVING)
  if (draw < 0.5) await askRotation(certDir, 'client', signal).catch(nothing)
  const { body } = await lab.admin('GET', CSRS)
  for (const { metadata, status } of (body as { items: Csr[] }).items) {
    const denied = status.conditions?.some(({ type }) => type === 'Denied')
    if (denied) await lab.admin('DELETE', `${CSRS}/${metadata.name}`)
  }
}

/** Nobody approves for a while, and somebody asks for a rotation all the same. */
const pending: Incident = async ({ lab, clock, certDir, signal }, draw) => {
  lab.setApproval({ mode: 'none' })
  const purpose = draw < 0.5 ? 'client' : 'serving'
  const rotated = askRotation(certDir, purpose, signal).catch(nothing)
  await clock.sleep((1 + draw) * MINUTE_MS, signal)
  lab.setApproval(APPROVING)
  await Promise.race([rotated, clock.sleep(10 * MINUTE_MS, signal)])
}

const hangUp: Incident = (life) => {
  life.hangUp()
  return Promise.resolve()
}

/** Until then the daemon is started anew now and then; what lives on after that lives to the end, so that what it loses adds up. */
const RESTARTS_MS = 7 * DAY_MS

/** The daemon ends, at whatever it is, and is started again. */
function newDaemon(begun: number): Incident {
  return async (life, draw) => {
    const late = life.clock.now().getTime() - begun > RESTARTS_MS
    if (draw < 0.5 || late) life.hangUp()
    if (late) return
    await life.clock.sleep(draw * 100, life.signal)
    await life.stop()
    await life.clock.sleep(draw * MINUTE_MS, life.signal)
    life.start()
  }
}

const apiRestart =
  (state: 'keep' | 'lose'): Incident =>
  ({ lab }, draw) =>
    lab.restart({ state, downMs: draw * MINUTE_MS })

/** The node's clock is wrong by up to three minutes, and is put right. */
const clockStep: Incident = async (life, draw) => {
  life.setNodeClock((draw - 0.5) * 6 * MINUTE_MS)
  await life.clock.sleep(10 * MINUTE_MS, life.signal)
  life.setNodeClock(0)
}

/** Node and cluster sleep for a few minutes. */
const nap: Incident = ({ clock }, draw) => {
  clock.jump(draw * 5 * MINUTE_MS)
  return Promise.resolve()
}

/** Ordinary incidents: the credential has to outlive each. */
const ordinary = (begun: number): readonly Incident[] => [
  atTheWire({ fault: 'status', code: 429, retryAfter: '5s' }),
  atTheWire({ fault: 'status', code: 500, share: 0.7 }),
  atTheWire({ fault: 'status', code: 503 }),
  atTheWire({ fault: 'status', code: 401, user: 'system:node:n1' }),
  atTheWire({ fault: 'reset', when: 'before', share: 0.7 }),
  atTheWire({ fault: 'reset', when: 'after', share: 0.5 }),
  atTheWire({ fault: 'cut', after: '1s' }),
  atTheWire({ fault: 'gone', share: 0.5 }),
  atTheWire({ fault: 'slow', delay: '7s' }),
  atTheWire({ fault: 'no-store' }),
  ...[denial, pending, hangUp, newDaemon(begun), apiRestart('keep'), apiRestart('lose'), clockStep, nap],
]

/** The API server is away for two hours: the credential expires, and somebody brings a token. */
const outage: Incident = async (life) => {
  await life.lab.restart({ downMs: 2 * HOUR_MS })
  await life.giveToken()
  await life.clock.sleep(15 * MINUTE_MS, life.signal)
}

/** All sleep for three hours. */
const longSleep: Incident = async (life) => {
  life.clock.jump(3 * HOUR_MS)
  await life.giveToken()
  await life.clock.sleep(15 * MINUTE_MS, life.signal)
}

/** Watches are silent until the client itself ends them, which is after more than ten minutes: too long for a certificate of an hour. */
const silence: Incident = async (life) => {
  life.lab.setFaults([{ fault: 'silence', after: '0s', resource: 'certificatesigningrequests' }])
  await life.clock.sleep(30 * MINUTE_MS, life.signal)
  life.lab.setFaults([])
  await life.clock.sleep(15 * MINUTE_MS, life.signal)
  await life.giveToken()
  await life.clock.sleep(15 * MINUTE_MS, life.signal)
}

const GRAVE: readonly Incident[] = [outage, longSleep, silence]

/** Of all incidents, how many are grave: about one in ten days. */
const GRAVE_SHARE = 0.012

/** From the end of one to the beginning of the next, ms; half of it to one and a half. */
const PAUSE_MS = 3 * HOUR_MS

/** After its end an incident may still be felt: back-off goes up to five minutes. */
const AFTERMATH_MS = 8 * MINUTE_MS

/** Goes from incident to incident, until the life is over. */
export function createIncidents(
  life: Life,
): Trouble & { readonly count: number; readonly grave: number; happen(): Promise<never> } {
  const { clock, random, signal } = life
  const begun = clock.now().getTime()
  const usual = ordinary(begun)
  let underWay: 'ordinary' | 'grave' | undefined = 'ordinary' // the beginning is one as well
  let last: { grave: boolean; at: number } = { grave: false, at: begun }
  let count = 0
  let grave = 0
  const soon = (): boolean => clock.now().getTime() - last.at < AFTERMATH_MS
  return {
    recent: () => underWay !== undefined || soon(),
    mayExpire: () => underWay === 'grave' || (last.grave && soon()),
    get count() {
      return count
    },
    get grave() {
      return grave
    },
    happen: async () => {
      await clock.sleep(10 * MINUTE_MS, signal)
      for (;;) {
        underWay = undefined
        last = { ...last, at: clock.now().getTime() }
        await clock.sleep((0.5 + random()) * PAUSE_MS, signal)
        const isGrave = random() < GRAVE_SHARE
        const among = isGrave ? GRAVE : usual
        const incident = among[Math.floor(random() * among.length)]
        if (!incident) continue
        underWay = isGrave ? 'grave' : 'ordinary'
        last = { grave: isGrave, at: clock.now().getTime() }
        count++
        if (isGrave) grave++
        await incident(life, random())
      }
    },
  }
}

function nothing(): undefined {
  return undefined // the daemon has ended, or was told so
}
