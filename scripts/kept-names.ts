import { readFile } from 'node:fs/promises'
import { type Plugin, transform } from 'esbuild'

/**
 * Packages whose classes keep their names in the bundle, where all others are shortened. @peculiar/asn1-schema takes what it read for a
 * list if its `constructor.name` is asn1js' `Sequence`; the other two name their errors by it.
 *
 * Not by esbuild's `keepNames` for the whole bundle: it names every closure anew each time it is made, 2.4 % of what the lab does for a node.
 */
const NAMED = /[/\\]node_modules[/\\](asn1js|oauth4webapi|openid-client)[/\\].*\.m?js$/

/** Bundles some packages so that their classes still have the names that others look for. */
export const keptNames: Plugin = {
  name: 'kept-names',
  setup(build) {
    build.onLoad({ filter: NAMED, namespace: 'file' }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { keepNames: true })
      return { contents: code }
    })
  },
}
