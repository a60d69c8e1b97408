import assert from 'node:assert/strict'
import { resources } from '../../../src/lab/resources/resources.ts'
import { parseFieldSelector } from '../../../src/lab/selectors/field-selector.ts'
import { parseLabelSelector } from '../../../src/lab/selectors/label-selector.ts'
import { selectorOf } from '../../../src/lab/selectors/selector.ts'

const selects = (text: string, labels: Record<string, string>): boolean => parseLabelSelector(text)?.(labels) ?? true

describe('a label selector', () => {
  for (const [text, labels, want] of [
    ['a=b', { a: 'b' }, true],
    ['a==b,c', { a: 'b' }, false],
    ['a==b,c', { a: 'b', c: '' }, true],
    ['a!=b', {}, true],
    ['!a', { a: '' }, false],
    ['a in (b, c)', { a: 'c' }, true],
    ['a notin (b,c)', { a: 'c' }, false],
    ['a notin (b,c)', {}, true],
    ['a in (,b)', { a: '' }, true],
    ['n>5', { n: '6' }, true],
    ['n<5', { n: 'many' }, false],
    ['in in (notin)', { in: 'notin' }, true],
    ['a=', { a: '' }, true],
    ['', { a: 'b' }, true],
    ['a', { constructor: 'x' }, false],
  ] as const) {
    it(`${JSON.stringify(text)} ${want ? 'selects' : 'leaves out'} ${JSON.stringify(labels)}`, () => {
      assert.equal(selects(text, labels), want)
    })
  }

  for (const [text, message] of [
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    [
      'a in ()',
      "unable to parse requirement: values: Invalid value: []string{}: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      'n>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ] as const) {
    it(`${JSON.stringify(text)} is refused as the API server refuses it`, () => {
      assert.throws(() => parseLabelSelector(text), { status: 400, message })
    })
  }
})

describe('a field selector', () => {
  it('is split at commas that no backslash escapes, and sorted', () => {
    assert.deepEqual(parseFieldSelector('b!=1\\,2,a==\\\\,c='), [
      { field: 'a', equal: true, value: '\\' },
      { field: 'b', equal: false, value: '1,2' },
      { field: 'c', equal: true, value: '' },
    ])
  })

  for (const [text, message] of [
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
  ] as const) {
    it(`${JSON.stringify(text)} is refused as the API server refuses it`, () => {
      assert.throws(() => parseFieldSelector(text), { status: 400, message })
    })
  }

  it('knows the fields of each kind', () => {
    const refusal = (kind: string, text: string): (() => unknown) => {
      const resource = resources.find((one) => one.kind === kind)
      assert.ok(resource)
      return () => selectorOf(resource, { labels: undefined, fields: parseFieldSelector(text) })
    }
    assert.throws(refusal('CertificateSigningRequest', 'metadata.namespace=x'), {
      message: 'field label not supported: metadata.namespace',
    })
    assert.throws(refusal('Lease', 'spec.x=y'), { message: /"spec.x" is not a known field selector/ })
    assert.doesNotThrow(refusal('Event', 'involvedObject.kind=Node,reason=x'))
  })
})
