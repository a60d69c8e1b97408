const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const

/**
 * Reads a duration as Kubernetes' flags take it: `90s`, `1h30m`, `500ms`.
 * @returns milliseconds, undefined if it is not one. Source: Go time.ParseDuration, without fractions and units below ms.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(ms|h|m|s))+$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|h|m|s)/g)) {
    total += Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]
  }
  return Number.isSafeInteger(total) ? total : undefined
}

/** A duration in the same form, to the second above one minute: `1h30m`, `2m`, `1.5s`. @param ms - milliseconds, not negative. */
export function formatDuration(ms: number): string {
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))}s`
  const seconds = Math.round(ms / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('')
}
