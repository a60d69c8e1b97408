import type { AgentSettings } from '../agent/settings.ts'
import { readSource } from '../agent/client-look.ts'
import { CertletError, type FailureCode } from '../errors.ts'
import type { Log } from '../log.ts'
import { type Access, accessOf, type Place } from '../preflight/access.ts'
import { diskFault, lookAtDisk } from '../preflight/disk-checks.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/** Failures that have more than one cause, which can be told apart by looking closer. */
const UNCLEAR: ReadonlySet<FailureCode> = new Set([
  'API_UNREACHABLE',
  'API_NAME_UNKNOWN',
  'API_TIMEOUT',
  'API_CA_MISMATCH',
  'API_NAME_MISMATCH',
  'API_CERTIFICATE_DATES',
  'API_TLS',
  'UNAUTHORIZED',
])

/** The longest that the end of a command waits for a diagnosis, ms. */
const PATIENCE_MS = 5_000

/** The part of the preflight that `bootstrap` and `join` make by themselves. It sends nothing as long as all goes well. */
export interface QuickPreflight {
  /** @throws CertletError with a DISK_ code if what is issued could not be written: then the token is not spent. */
  refuseDiskFault(): void
  /** A request failed: the first time it is looked closer, and the log is told what comes of it. */
  failed(code: FailureCode): void
  /** Runs a part of the command; where it fails, the diagnosis is waited for. */
  watch<T>(work: () => Promise<T>): Promise<T>
}

/** Where the API server is, and what it is asked with, as far as the command knows it by now. */
export type WayFound = Access | { readonly server: Place } | undefined

export function quickPreflight(
  flags: Flags,
  settings: AgentSettings,
  { world, log, limitMs, way }: { world: World; log: Log; limitMs: number; way?: () => WayFound },
): QuickPreflight {
  const { clock, uid, env } = world
  const machine = { text: world.machineId(), binding: flags['node-binding'] !== false }
  const disk = { settings, uid, clock, machine }
  const given = new AbortController()
  const signal = AbortSignal.any([world.signal, given.signal])
  let looking: Promise<void> | undefined

  const look = async (): Promise<void> => {
    // Loaded only where something fails.
    const { diagnosis } = await import('../preflight/preflight.ts')
    const place = way ? way() : accessOf(readSource(settings), lookAtDisk(disk).look)
    if (!place) return
    for (const finding of await diagnosis(place, { settings, env, clock, signal })) {
      if ('fix' in finding) log.warn(finding.seen, { preflight: finding.name, fix: finding.fix })
    }
  }
  const failed = (code: FailureCode): void => {
    if (flags['skip-preflight'] === true || !UNCLEAR.has(code)) return
    looking ??= look().catch(() => undefined) // what failed says so itself
  }
  return {
    refuseDiskFault: () => {
      const fault = flags['skip-preflight'] === true ? undefined : diskFault(disk)
      if (!fault) return
      const { seen } = fault
      const message = seen.startsWith('Cannot ') ? seen : `Cannot keep credentials: ${seen}`
      throw new CertletError(fault.code, message, { hint: fault.fix })
    },
    failed,
    watch: async (work) => {
      try {
        return await work()
      } catch (error) {
        if (error instanceof CertletError) failed(error.code)
        if (looking && !world.signal.aborted) await atMost(looking, Math.min(PATIENCE_MS, limitMs), given)
        throw error
      }
    },
  }
}

/** Waits for work, and has it end when the time is up. */
async function atMost(work: Promise<void>, ms: number, given: AbortController): Promise<void> {
  const timer = setTimeout(() => {
    given.abort()
  }, ms)
  await work
  clearTimeout(timer)
}
