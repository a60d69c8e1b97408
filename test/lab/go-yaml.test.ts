import assert from 'node:assert/strict'
import { goYaml } from '../../src/lab/negotiation/go-yaml.ts'

describe('YAML of the API server', () => {
  for (const [title, value, want] of [
    ['sorts keys and keeps lists at the margin', { b: ['x'], a: { c: 1 } }, 'a:\n  c: 1\nb:\n- x\n'],
    ['quotes what would be taken for something else', { n: '1', t: 'true', e: '' }, 'e: ""\n"n": "1"\nt: "true"\n'],
    ['quotes times', { at: '2026-01-01T00:00:00Z' }, 'at: "2026-01-01T00:00:00Z"\n'],
    ['takes single quotes where a colon would mislead', { m: "it's: so" }, "m: 'it''s: so'\n"],
    ['writes lines as a block, with and without an end', { a: 'x\ny', b: 'x\n' }, 'a: |-\n  x\n  y\nb: |\n  x\n'],
    ['writes what is empty on the line', { l: [], m: {}, n: null }, 'l: []\nm: {}\n"n": null\n'],
  ] as const) {
    it(title, () => {
      assert.equal(goYaml(value), want)
    })
  }

  it('goes on in the next line after the eightieth column', () => {
    const text = 'word '.repeat(30).trim()
    assert.ok(goYaml({ text }).split('\n').length === 3)
  })
})
