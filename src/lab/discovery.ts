/** What the server has, for clients that ask before they act. Source: apiserver pkg/endpoints/discovery. */
import type { Generation } from './generation.ts'
import { apiVersionOf, type Resource } from './resources/resource.ts'
import type { Review } from './reviews.ts'

type Served = Pick<Resource, 'group' | 'version' | 'plural' | 'kind'> & Partial<Resource>

/** The document at a discovery path; undefined if the path is none. */
export function discovery(
  path: string,
  resources: readonly Resource[],
  reviews: readonly Review[],
): object | undefined {
  const served: Served[] = [...resources, ...reviews]
  const groups = [...new Set(served.map(({ group }) => group))].filter((group) => group !== '')
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) }
  const [, group = '', version] = /^\/(?:api|apis\/([^/]+))(?:\/([^/]+))?$/.exec(path) ?? []
  if (version === undefined)
    return groups.includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) } : undefined
  const those = served.filter((one) => one.group === group && one.version === version)
  if (those.length === 0) return undefined
  const groupVersion = apiVersionOf({ group, version })
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: those.flatMap(entries) }
}

function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' }
  return { name, versions: [version], preferredVersion: version }
}

function entries({
  plural,
  singular = '',
  kind,
  namespaced = false,
  shortNames,
  subresources = {},
  type,
  nameRule,
}: Served): object[] {
  const stored = nameRule !== undefined && type !== undefined
  const verbs = stored ? ['create', 'delete', 'get', 'list', 'update', 'watch'] : ['create']
  return [
    { name: plural, singularName: singular, namespaced, kind, verbs, ...(shortNames && { shortNames }) },
    ...Object.keys(subresources).map((name) => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      kind,
      verbs: ['get', 'update'],
    })),
  ]
}

/** Source: apimachinery pkg/version/types.go. */
export function versionDocument({ name, minor }: Generation): object {
  return {
    major: '1',
    minor: String(minor),
    gitVersion: `v${name}.0-certlet-lab`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'linux/amd64',
  }
}
