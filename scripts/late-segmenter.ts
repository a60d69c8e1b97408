import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

/** As string-width has it, on a line of its own. */
const AT_ONCE = /^const segmenter = new Intl\.Segmenter\(\);$/m

const LATE = `let made;
const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };`

/**
 * string-width, which yargs lays out its help with, makes an Intl.Segmenter as soon as it is loaded: every command paid for it, a tenth of
 * a start's processor time and more, and help alone uses it. In the bundle it is made when a text is first measured that is not ASCII.
 * Nothing else of the package is changed.
 */
export const lateSegmenter: Plugin = {
  name: 'late-segmenter',
  setup(build) {
    build.onLoad({ filter: /[/\\]string-width[/\\]index\.js$/ }, async ({ path }) => ({
      contents: withLateSegmenter(await readFile(path, 'utf8')),
    }))
  },
}

/** @throws Error when the package makes its segmenter in another way: then this file has to follow, or to go. */
export function withLateSegmenter(source: string): string {
  if (!AT_ONCE.test(source)) throw new Error('string-width makes its segmenter in another way now')
  return source.replace(AT_ONCE, LATE)
}
