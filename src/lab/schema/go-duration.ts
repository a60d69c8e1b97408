/** Durations in queries, with the errors of Go's time.ParseDuration. */

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** @returns milliseconds. @throws RangeError whose message is that of Go's time package. */
export function parseGoDuration(text: string): number {
  const fail = (why: string): never => {
    throw new RangeError(`time: ${why}duration ${JSON.stringify(text)}`)
  }
  const [, sign = '', rest = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return 0
  if (rest === '') return fail('invalid ')
  let ms = 0
  let left = rest
  while (left !== '') {
    const [whole, number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(left) ?? fail('invalid ')
    if (unit === '') fail('missing unit in ')
    const factor = UNITS_MS[unit] ?? fail(`unknown unit ${JSON.stringify(unit)} in `)
    ms += Number(number) * factor
    left = left.slice(whole.length)
  }
  return sign === '-' ? -ms : ms
}
