import manifest from '../package.json' with { type: 'json' }

/** The commit that the bundle was made from, put in by scripts/bundle-options.ts; there is none where the sources run. */
declare const CERTLET_COMMIT: string | undefined

/** certlet's own version, from package.json. */
export const version = manifest.version

/** What `--version` prints. */
export function versionLine(node: string): string {
  const commit = typeof CERTLET_COMMIT === 'undefined' ? 'unknown' : CERTLET_COMMIT
  return `certlet ${version} (commit ${commit}, Node.js ${node})`
}
