import { formatDuration } from '../../duration.ts'
import { fail, type Finding, ok, skipped, warn } from '../finding.ts'

/**
 * The signer dates certificates back by five minutes: a clock that is behind by more takes a new one for not yet valid.
 * Source: pkg/controller/certificates/authority/policies.go.
 */
const BACKDATE_MS = 5 * 60_000
/** A difference that is worth a word, ms. */
const NOTABLE_MS = 60_000

const FIX = 'set the clock (timedatectl set-ntp true, or chronyc makestep), here or there'

/**
 * Whether this machine’s clock and the server’s agree. Pure.
 * @param skewMs - the server's clock minus ours; undefined if the server did not send the time.
 * @param trusted - whether the server is known to be the right one.
 * @param lifetimeMs - of the certificate that will be asked for, where that is said.
 */
export function clockFinding(
  skewMs: number | undefined,
  { trusted, lifetimeMs }: { readonly trusted: boolean; readonly lifetimeMs?: number | undefined },
): Finding {
  const name = 'clock'
  if (skewMs === undefined) return skipped(name, 'the server did not say what time it is there')
  const off = Math.round(Math.abs(skewMs) / 1000) * 1000
  const whose = trusted ? 'the server’s' : 'that of whoever answers there'
  if (off <= NOTABLE_MS) return ok(name, `this machine’s clock and ${whose} are ${formatDuration(off)} apart`)
  const behind = skewMs > 0
  const seen = `this machine’s clock is ${formatDuration(off)} ${behind ? 'behind' : 'ahead of'} ${whose}`
  if (behind && off > BACKDATE_MS) {
    return fail(
      name,
      'API_CERTIFICATE_DATES',
      `${seen}: a new certificate, dated back by ${formatDuration(BACKDATE_MS)}, is not valid yet here`,
      FIX,
    )
  }
  if (!behind && lifetimeMs !== undefined && off >= lifetimeMs) {
    return fail(
      name,
      'API_CERTIFICATE_DATES',
      `${seen}: a certificate of ${formatDuration(lifetimeMs)} would be over`,
      FIX,
    )
  }
  return warn(name, `${seen}: certificates seem ${behind ? 'younger' : 'older'} than they are`, FIX)
}
