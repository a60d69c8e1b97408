import assert from 'node:assert/strict'
import {
  array,
  exactOptional,
  integer,
  literal,
  minValue,
  number,
  picklist,
  pipe,
  safeParse,
  strictObject,
  string,
  union,
} from 'valibot'
import { faultsOf } from '../../../src/lab/documents/faults.ts'

const colour = picklist(['red', 'green'])
const schema = strictObject({
  paint: union([colour, strictObject({ mixed: array(colour), thin: exactOptional(string()) })]),
  name: exactOptional(
    union([strictObject({ dns: string() }), strictObject({ ip: string(), port: exactOptional(number()) })]),
  ),
  number: exactOptional(pipe(number(), integer(), minValue(1))),
  who: exactOptional(union([union([literal('me'), literal('you')]), array(string())])),
})

describe('what is wrong with a document', () => {
  for (const [title, value, want] of [
    [
      'a word that is none of those of a choice',
      { paint: 'blue' },
      ['paint: expected "red", "green" or fields, found "blue"'],
    ],
    [
      'a list where there is no form for one',
      { paint: [] },
      ['paint: expected "red", "green" or fields, found a list'],
    ],
    [
      'a word inside the form that was chosen',
      { paint: { mixed: ['blue'] } },
      ['paint.mixed.0: expected "red" or "green", found "blue"'],
    ],
    [
      'a field too much in the only form with fields',
      { paint: { mixed: [], thick: 1 } },
      ['paint.thick: there is no such field here'],
    ],
    ['a field that no form has', { paint: 'red', name: { dsn: 'a' } }, ['name: expected a field dns or ip, found dsn']],
    ['no field at all', { paint: 'red', name: {} }, ['name: expected a field dns or ip']],
    ['fields of two forms', { paint: 'red', name: { ip: 'a', dns: 'b' } }, ['name.ip: there is no such field here']],
    [
      'a value of another kind in the form that was chosen',
      { paint: 'red', name: { ip: 1 } },
      ['name.ip: expected a text, found 1'],
    ],
    ['a choice within a choice', { paint: 'red', who: 'him' }, ['who: expected "me", "you" or a list, found "him"']],
    ['a number too low', { paint: 'red', number: 0 }, ['number: expected at least 1, found 0']],
    ['a number with a fraction', { paint: 'red', number: 1.5 }, ['number: expected a whole number, found 1.5']],
    [
      'all at once',
      { number: 'x', more: true },
      [
        'paint: this field is needed, and missing',
        'number: expected a number, found "x"',
        'more: there is no such field',
      ],
    ],
    ['something else altogether', null, [': expected fields, found nothing']],
  ] as const) {
    it(`is said of ${title}`, () => {
      const { issues } = safeParse(schema, value)
      assert.deepEqual(
        faultsOf(issues ?? []).map(({ at, why }) => `${at.join('.')}: ${why}`),
        want,
      )
    })
  }
})
