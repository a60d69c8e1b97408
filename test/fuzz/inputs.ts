/** Inputs that several targets take: things that are nearly right, and things that are nothing of the kind. */
import fc from 'fast-check'

/** Where, and what is put there. */
type Edit = { readonly at: number; readonly cut: number; readonly put: string }

const EVIL = [
  '\0',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  '"',
  "'",
  '\\',
  '\n',
  '\r\n',
  '\t',
  '-----',
  '{',
  '[',
  ': ',
  '&a ',
  '*a',
  '<<: ',
  '!!js ',
  '%',
  '=',
  '\uffff',
]

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(200)),
  put: fc.oneof(
    fc.constant(''),
    fc.constantFrom(...EVIL),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ maxLength: 200 }),
  ),
})

/** A sound text, cut and changed in a few places, or the same piece of it many times over. */
export function changed(sound: string): fc.Arbitrary<string> {
  const edited = fc.array(edit, { minLength: 1, maxLength: 5 }).map((edits) =>
    edits.reduce((text, { at, cut, put }) => {
      const start = Math.floor(at * text.length)
      return text.slice(0, start) + put + text.slice(start + cut)
    }, sound),
  )
  const repeated = fc
    .record({
      from: fc.nat(sound.length),
      length: fc.integer({ min: 1, max: 200 }),
      times: fc.integer({ min: 2, max: 2000 }),
    })
    .map(({ from, length, times }) => sound.slice(0, from) + sound.slice(from, from + length).repeat(times))
  return fc.oneof(
    { weight: 5, arbitrary: edited },
    { weight: 1, arbitrary: repeated },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  )
}

/** Sound bytes with bits turned over, lengths changed, ends cut off. */
export function changedBytes(sound: Uint8Array): fc.Arbitrary<Uint8Array> {
  const spot = fc.record({
    at: fc.nat(sound.length - 1),
    to: fc.nat(255),
    cut: fc.constantFrom(0, 0, 0, 0, 1, 2, 40),
    put: fc.uint8Array({ maxLength: 3 }),
  })
  return fc.array(spot, { minLength: 1, maxLength: 4 }).map((spots) =>
    spots.reduce((bytes, { at, to, cut, put }) => {
      const copy = Uint8Array.from(bytes)
      copy[at % Math.max(1, copy.length)] = to
      return cut === 0 && put.length === 0 ? copy : Buffer.concat([copy.subarray(0, at), put, copy.subarray(at + cut)])
    }, sound),
  )
}

/** Any JSON value; keys are those of the objects that are expected, so that it gets deep into whoever reads it. */
export function jsonLike(keys: readonly string[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    fc.constantFrom(null, true, false, 0, -1, 1e308, '', [], {}, '1970-01-01T00:00:00Z', 'AA=='),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.double(),
    fc.constantFrom(...EVIL),
  )
  const key = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '') },
  )
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 6 }),
    ),
  })).value
}

/** A sound JSON value in which a few of the parts, however deep, are replaced by something else or left out. */
export function spoiled(sound: unknown, keys: readonly string[]): fc.Arbitrary<unknown> {
  const spots = fc.array(fc.tuple(fc.nat(1000), fc.option(jsonLike(keys), { nil: undefined, freq: 4 })), {
    minLength: 1,
    maxLength: 3,
  })
  return fc.oneof(
    {
      weight: 6,
      arbitrary: spots.map((changes) => changes.reduce((value, [spot, to]) => replaced(value, spot, to), sound)),
    },
    { weight: 1, arbitrary: jsonLike(keys) },
  )
}

/** Replaces the `spot`th part of a value, counted in depth first and from the start again when there are fewer. */
function replaced(value: unknown, spot: number, to: unknown): unknown {
  const copy = structuredClone(value)
  const parts: { in: Record<string, unknown>; key: string }[] = []
  const visit = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return
    for (const key of Object.keys(one)) {
      parts.push({ in: one as Record<string, unknown>, key })
      visit((one as Record<string, unknown>)[key])
    }
  }
  visit(copy)
  const part = parts[spot % Math.max(1, parts.length)]
  if (!part) return to
  if (to === undefined) Reflect.deleteProperty(part.in, part.key)
  else part.in[part.key] = to
  return copy
}

/** As JSON; what has no such form is empty. */
export function jsonText(value: unknown): string {
  const text: unknown = JSON.stringify(value)
  return typeof text === 'string' ? text : ''
}
