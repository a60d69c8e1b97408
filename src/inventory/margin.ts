import { parseDuration } from '../duration.ts'

/** When a certificate is to be renewed: so long before its end, or when less than a part of its lifetime is left. */
export type Margin = { readonly ms: number } | { readonly share: number }

const DAY_MS = 86_400_000

/**
 * Reads `7d`, `36h`, `1d12h` or `25%`, as `step certificate needs-renewal --expires-in` does, and days too.
 * @returns undefined if it is none of them.
 */
export function parseMargin(text: string): Margin | undefined {
  const [, percent] = /^(\d{1,2}|100)%$/.exec(text) ?? []
  if (percent !== undefined) return { share: Number(percent) / 100 }
  const [, days = '0', rest = ''] = /^(?:(\d{1,6})d)?(.*)$/.exec(text) ?? []
  const ms = rest === '' ? 0 : parseDuration(rest)
  return text === '' || ms === undefined ? undefined : { ms: Number(days) * DAY_MS + ms }
}

/** The moment from which a certificate is to be renewed. */
export function renewalTime({ notBefore, notAfter }: { notBefore: Date; notAfter: Date }, margin: Margin): Date {
  const ms = 'ms' in margin ? margin.ms : (notAfter.getTime() - notBefore.getTime()) * margin.share
  return new Date(notAfter.getTime() - ms)
}
