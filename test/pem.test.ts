import assert from 'node:assert/strict'
import fc from 'fast-check'
import { pemBlocks } from '../src/pem.ts'

/** As one pattern says it, which takes time by the square of the text. */
const AS_A_PATTERN = /^-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n([\s\S]*?)^-----END \1-----[ \t]*$/gm

describe('PEM', () => {
  const line = fc.constantFrom(
    '-----BEGIN A-----',
    '-----END A-----',
    '-----BEGIN B-----',
    '-----END B----- ',
    'AAAA',
    'x',
  )
  const texts = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 })
    .map((lines) => lines.flat().join(''))

  it('is what stands between a BEGIN and the next END of the same label', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const bodies = [...text.matchAll(AS_A_PATTERN)]
          .map(([, label, body = '']) => [label, body.replaceAll(/\s/g, '')] as const)
          .filter(([, base64]) => /^([Ax]{4})*$/.test(base64))
        assert.deepEqual(
          pemBlocks(text).map(({ label, der }) => [label, der.length]),
          bodies.map(([label, base64]) => [label, (base64.length / 4) * 3]),
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('is read in one go, however often it begins and never ends', function () {
    this.timeout(10_000)
    assert.deepEqual(pemBlocks('-----BEGIN A-----\n'.repeat(240_000)), [], 'by the square it would take ten minutes')
  })
})
