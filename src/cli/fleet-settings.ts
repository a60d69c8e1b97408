import type { Emulation } from '../csr/constants.ts'
import { parseDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import type { Connections } from '../fleet/api/control-plane.ts'
import type { Arrival } from '../fleet/arrivals.ts'
import type { FleetSettings } from '../fleet/settings.ts'
import { parseShard } from '../fleet/shard.ts'
import { nodeIdentity } from '../identity/node-identity.ts'
import type { Flags } from './command.ts'
import { countOf, durationOf, textOf } from './common-flags.ts'

/** Nodes have a number of at most so many digits after their prefix, and an address of 10.0.0.0/8. */
const MOST_NODES = 10_000_000

/** The fleet that the flags ask for. @throws CertletError USAGE, NODE_NAME_INVALID */
export function fleetSettingsOf(flags: Flags): FleetSettings {
  const nodes = countOf(flags, 'nodes', 1)
  if (nodes > MOST_NODES) throw new CertletError('USAGE', `--nodes must be ${MOST_NODES} at most`)
  const shard = parseShard(textOf(flags, 'shard') ?? '')
  if (!shard) throw new CertletError('USAGE', '--shard must be INDEX/COUNT, from 0/COUNT on, such as 0/4')
  const namePrefix = textOf(flags, 'name-prefix') ?? ''
  nodeIdentity({ osHostname: `${namePrefix}${nodes}` })
  const rotateEveryMs = optionalDuration(flags, 'rotate-every')
  const durationMs = optionalDuration(flags, 'duration')
  if (durationMs !== undefined && rotateEveryMs === undefined) {
    throw new CertletError('USAGE', '--duration says how long to renew, and --rotate-every is not given')
  }
  return {
    ...{ nodes, shard, namePrefix, rotateEveryMs, durationMs },
    arrival: flags['arrival'] as Arrival,
    rampMs: rampOf(flags),
    seed: countOf(flags, 'seed', 0),
    concurrency: countOf(flags, 'concurrency', 1),
    connections: flags['connections'] as Connections,
    serving: flags['serving'] === true,
    emulate: flags['emulate'] as Emulation,
    timeoutMs: durationOf(flags, 'timeout'),
  }
}

/** The moment of --start-at. @throws CertletError USAGE */
export function startAtOf(flags: Flags): Date | undefined {
  const text = textOf(flags, 'start-at')
  if (text === undefined) return undefined
  const moment = new Date(text)
  // Without a zone each machine would take its own.
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[-+]\d\d:\d\d)$/.test(text) && !Number.isNaN(moment.getTime())) return moment
  throw new CertletError('USAGE', `--start-at "${text}" is not a moment like 2026-11-26T18:00:00Z`)
}

function optionalDuration(flags: Flags, name: string): number | undefined {
  return textOf(flags, name) === undefined ? undefined : durationOf(flags, name)
}

/** Nodes may come over no time at all. */
function rampOf(flags: Flags): number {
  const text = textOf(flags, 'ramp') ?? ''
  const ms = text === '0' ? 0 : parseDuration(text)
  if (ms !== undefined) return ms
  throw new CertletError('USAGE', `--ramp "${text}" is not a duration like 90s, 5m or 1h30m`)
}
