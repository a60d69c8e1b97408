import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundleOptions } from '../../scripts/bundle-options.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a package exports, out of a bundle as it ships. */
async function bundled(name: string, resolveDir: string): Promise<Record<string, { name: string }>> {
  const stdin = { contents: `export * from '${name}'`, resolveDir }
  const { options } = await bundleOptions()
  const { outputFiles } = await build({ ...options, stdin, inject: [], write: false, format: 'esm' })
  const code = encodeURIComponent(outputFiles[0]?.text ?? '')
  return (await import(`data:text/javascript,${code}`)) as Record<string, { name: string }>
}

/** Where a package of a package is imported from. */
function folderOf(...packages: string[]): string {
  return packages.reduce((folder, name) => dirname(createRequire(`${folder}/of.js`).resolve(name)), root)
}

describe('names of classes in the bundle', () => {
  it('are kept where another package asks for them', async () => {
    const { Sequence } = await bundled('asn1js', folderOf('@peculiar/x509'))
    assert.equal(Sequence?.name, 'Sequence')
  })

  it('are kept where errors are named by them', async () => {
    const { AuthorizationResponseError } = await bundled('oauth4webapi', folderOf('@kubernetes/client-node'))
    assert.equal(AuthorizationResponseError?.name, 'AuthorizationResponseError')
  })

  it('are asked for by nobody else', () => {
    const files = readdirSync(`${root}dist/program`).filter((name) => name.endsWith('.js'))
    const asked = ['lab.js', ...files.map((name) => `program/${name}`)].flatMap((name) =>
      [...readFileSync(`${root}dist/${name}`, 'utf8').matchAll(/constructor\??\.name *[!=]==?"(\w+)"/g)].map(
        ([, it]) => it,
      ),
    )
    assert.deepEqual([...new Set(asked)], ['Sequence'])
  })
})
