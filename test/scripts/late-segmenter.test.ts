import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { lateSegmenter, withLateSegmenter } from '../../scripts/late-segmenter.ts'

type Width = (text: string) => number

const TEXTS = [
  '',
  'plain',
  'node’s',
  '節点',
  'é',
  'e\u0301',
  '👩‍👩‍👧',
  '🇨🇭',
  '1️⃣',
  '각',
  '\u001B[31mred\u001B[39m …',
  'ﾊﾞ',
  'a\u200Bb\t',
]

const require = createRequire(import.meta.url)

describe('string-width in the bundle', () => {
  const { Segmenter } = Intl
  afterEach(() => Object.assign(Intl, { Segmenter }))

  /** @returns how many were made since. */
  function countSegmenters(): () => number {
    let made = 0
    const Counted = class extends Segmenter {
      constructor() {
        super()
        made += 1
      }
    }
    Object.assign(Intl, { Segmenter: Counted })
    return () => made
  }

  // They may have a version each.
  for (const user of ['yargs', 'cliui']) {
    it(`makes no segmenter at once, and measures as the package does: ${user}’s`, async () => {
      const resolveDir = dirname(require.resolve(user))
      const options = {
        stdin: { contents: "export { default } from 'string-width'", resolveDir },
        format: 'esm',
      } as const
      const widthOf = async (plugins: Plugin[]): Promise<Width> => {
        const { outputFiles } = await build({ ...options, bundle: true, write: false, plugins })
        const url = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}#${user}`
        return ((await import(url)) as { default: Width }).default
      }
      const made = countSegmenters()
      const plain = await widthOf([])
      assert.equal(made(), 1)
      const late = await widthOf([lateSegmenter])
      assert.equal(made(), 1)
      assert.deepEqual(
        TEXTS.map((text) => late(text)),
        TEXTS.map((text) => plain(text)),
      )
      assert.equal(made(), 2)
    })
  }

  it('is not built when the package has changed', () => {
    assert.throws(() => withLateSegmenter('const segmenter = makeSegmenter();'), /another way/)
  })
})
