/** Numbers in queries and versions, with the errors of Go's strconv. */

const LARGEST = { ParseInt: 2n ** 63n - 1n, ParseUint: 2n ** 64n - 1n } as const

/** @throws RangeError whose message is strconv's. */
export function parseGoInteger(text: string, how: keyof typeof LARGEST): number {
  const digits = how === 'ParseInt' ? text.replace(/^[+-]/, '') : text
  const fail = (why: string): never => {
    throw new RangeError(`strconv.${how}: parsing ${JSON.stringify(text)}: ${why}`)
  }
  if (!/^\d+$/.test(digits)) fail('invalid syntax')
  const value = BigInt(digits)
  if (value > LARGEST[how] && !(text.startsWith('-') && value === LARGEST[how] + 1n)) fail('value out of range')
  return text.startsWith('-') ? -Number(value) : Number(value)
}
