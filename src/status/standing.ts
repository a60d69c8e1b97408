import type { Inventory, Place } from '../inventory/inventory.ts'
import { type Margin, renewalTime } from '../inventory/margin.ts'
import type { CredentialStatus, Found, NodeStatus } from './status.ts'

/** How one thing stands, for those who only want to know whether something is to be done. */
export interface Standing {
  readonly name: string
  readonly state: 'fine' | 'due' | 'unusable' | 'missing' | 'unknown'
  /** In words; of a credential that is fine, until when. */
  readonly why: string
  readonly notAfter?: Date
}

/** How the credentials of a node stand. @param margin - instead of the time of rotation. Pure. */
export function nodeStandings(
  { kubeconfig, client, serving, daemon }: NodeStatus,
  { now, margin }: { now: Date; margin: Margin | undefined },
): Standing[] {
  const refused = daemon.state === 'running' && daemon.report.client.waiting?.reason === 'credential-refused'
  const credential = (status: CredentialStatus): Standing => {
    const { purpose: name, certificate } = status
    const plain = foundStanding(name, status)
    if (refused && name === 'client') return { name, state: 'unusable', why: 'the API server does not accept it' }
    if (plain.state !== 'fine' || !certificate) return plain
    const from = margin ? renewalTime(certificate, margin) : certificate.rotateAt
    return { name, ...renewalStanding(certificate.notAfter, from <= now) }
  }
  return [foundStanding('kubeconfig', kubeconfig), credential(client), ...(serving ? [credential(serving)] : [])]
}

/** How what was found at some paths stands; earlier pairs and what was left out do not count. Pure. */
export function inventoryStandings({ certificates, keys, others, remarks }: Inventory): Standing[] {
  const standings = [
    ...certificates
      .filter(({ worth }) => worth !== 'unused')
      .map((one): Standing =>
        one.faults.length > 0
          ? { name: nameOf(one), state: 'unusable', why: one.faults.join('; '), notAfter: one.notAfter }
          : { name: nameOf(one), ...renewalStanding(one.notAfter, one.due) },
      ),
    ...keys
      .filter(({ faults }) => faults.length > 0)
      .map((one): Standing => ({ name: nameOf(one), state: 'unusable', why: one.faults.join('; ') })),
    ...remarks.flatMap((one): Standing[] => {
      if (one.kind === 'left out') return []
      const state = ({ missing: 'missing', unreadable: 'unknown', broken: 'unusable' } as const)[one.kind]
      return [{ name: nameOf(one), state, why: one.why }]
    }),
  ]
  if (standings.length > 0 || keys.length + others.length > 0) return standings
  return [{ name: 'certificates', state: 'missing', why: 'there are none' }]
}

/**
 * The exit code for `ExecCondition=`: 0 something is to be renewed, 1 nothing is, 2 something is missing, 255 something could not be
 * looked at. Pure. Source: systemd.service(5), ExecCondition: 0 goes on, 1 to 254 skip the unit, 255 is its failure.
 */
export function checkExitCode(standings: readonly Standing[]): number {
  const has = (...states: Standing['state'][]): boolean => standings.some(({ state }) => states.includes(state))
  if (has('due', 'unusable')) return 0
  if (has('unknown')) return 255
  return has('missing') ? 2 : 1
}

/** What a monitoring plugin says: its code, and the word for it. Pure. Source: Monitoring Plugins Development Guidelines. */
export function monitoringVerdict(standings: readonly Standing[]): { code: number; word: string } {
  const has = (...states: Standing['state'][]): boolean => standings.some(({ state }) => states.includes(state))
  if (has('unusable', 'missing')) return { code: 2, word: 'CRITICAL' }
  if (has('unknown')) return { code: 3, word: 'UNKNOWN' }
  return has('due') ? { code: 1, word: 'WARNING' } : { code: 0, word: 'OK' }
}

function renewalStanding(notAfter: Date, due: boolean): Omit<Standing, 'name'> {
  return { state: due ? 'due' : 'fine', why: `valid until ${notAfter.toISOString().slice(0, 19)}Z`, notAfter }
}

function foundStanding(name: string, { worth, why = '' }: Found): Standing {
  switch (worth) {
    case 'usable':
      return { name, state: 'fine', why: 'usable' }
    case 'absent':
      return { name, state: 'missing', why: 'it is not there' }
    case 'unusable':
      return { name, state: 'unusable', why }
    case 'unknown':
      return { name, state: 'unknown', why }
  }
}

function nameOf({ path, entry }: Place): string {
  return entry === undefined ? path : `${path}, ${entry}`
}
