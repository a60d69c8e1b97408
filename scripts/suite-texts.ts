import type { Plugin } from 'esbuild'
import { readSuiteTexts } from '../src/probe/suites/texts.ts'
import { packedModule } from './packed.ts'

/** Puts the suites of `certlet probe` into the bundle, where there is no folder beside it to read them from. */
export const suiteTexts: Plugin = {
  name: 'suite-texts',
  setup(build) {
    build.onLoad({ filter: /[\\/]probe[\\/]suites[\\/]texts\.ts$/ }, () => ({
      contents: packedModule(readSuiteTexts(), 'export const readSuiteTexts = () => value'),
    }))
  },
}
