// Bundles the browser part of the lab's page; the bundles of certlet hold the result as texts.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'
import type { Assets } from '../src/lab/page/assets.ts'
import { packedModule } from './packed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = 'src/lab/page/browser'

/** Its files, and what went into them. */
export async function pageAssets(): Promise<{ assets: Assets; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: `${folder}/main.tsx`, style: `${folder}/page.css` },
    outdir: 'dist',
    write: false,
    bundle: true,
    minify: true,
    metafile: true,
    format: 'esm',
    // What the browsers of the last two years can do.
    target: ['chrome120', 'firefox121', 'safari17.4'],
    tsconfig: `${folder}/tsconfig.json`,
    logLevel: 'warning',
  })
  const made = (name: string): string => outputFiles.find(({ path }) => path.endsWith(name))?.text ?? ''
  const read = (name: string): string => readFileSync(`${root}${folder}/${name}`, 'utf8')
  const assets = { html: read('index.html'), script: made('.js'), style: made('.css'), icon: read('icon.svg') }
  return { assets, metafile }
}

/** Puts them into a bundle, in the place of the empty ones: in that module alone, so that no other command loads them. */
export const pageFiles = (assets: Assets): Plugin => ({
  name: 'page-files',
  setup(bundler) {
    bundler.onLoad({ filter: /src[/\\]lab[/\\]page[/\\]assets\.ts$/ }, () => ({
      contents: packedModule(assets, 'export { value as assets }'),
      loader: 'js',
    }))
  },
})
