/** What the server has, for clients that ask before they act. Source: apiserver pkg/endpoints/{discovery,installer.go}. */
import { createHash } from 'node:crypto'
import type { Generation } from './generation.ts'
import { HEALTH_PATHS } from './health.ts'
import { apiVersionOf, type Resource } from './resources/resource.ts'

/** A resource, or a kind of review. */
export type Served = Pick<Resource, 'group' | 'version' | 'plural' | 'kind' | 'namespaced'> & Partial<Resource>

const OTHER_PATHS = ['/openapi/v2', '/openapi/v3', '/openapi/v3/', '/version']

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const SUBRESOURCE_VERBS = ['get', 'patch', 'update']

/** The named groups in the order of their importance. Source: pkg/controlplane/apiserver/aggregator.go (apiVersionPriorities). */
const GROUPS = [
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
]

/** The named groups that are served. */
export function groupsOf(served: readonly Served[]): string[] {
  return GROUPS.filter((group) => served.some((one) => one.group === group))
}

/**
 * The document at a discovery path; undefined if the path is none.
 * @param address - host and port by which the client found the server.
 */
export function discovery(
  path: string,
  served: readonly Served[],
  generation: Generation,
  address: string,
): object | undefined {
  const groups = groupsOf(served)
  const [, prefix, group, version, more] = path.replace(/\/$/, '').split('/')
  if (path === '/') return { paths: pathsOf(served) }
  if (prefix === 'api' && version === undefined) {
    if (group === undefined)
      return {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
      }
    return resourceList({ group: '', version: group }, served, generation)
  }
  if (prefix !== 'apis' || more !== undefined) return undefined
  if (group === undefined)
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((one) => groupOf(one, served)) }
  if (version !== undefined) return resourceList({ group, version }, served, generation)
  return groups.includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, served) } : undefined
}

function pathsOf(served: readonly Served[]): string[] {
  const groups = groupsOf(served).flatMap((group) => [
    `/apis/${group}`,
    ...versionsOf(group, served).map((version) => `/apis/${group}/${version}`),
  ])
  return ['/api', '/api/v1', '/apis', '/apis/', ...groups, ...HEALTH_PATHS, ...OTHER_PATHS].sort()
}

/** The versions of a group, the preferred first: stable before alpha. */
export function versionsOf(group: string, served: readonly Served[]): string[] {
  return [...new Set(served.filter((one) => one.group === group).map(({ version }) => version))].sort()
}

function groupOf(name: string, served: readonly Served[]): object {
  const versions = versionsOf(name, served).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions, preferredVersion: versions[0] }
}

function resourceList(
  at: { group: string; version: string },
  served: readonly Served[],
  generation: Generation,
): object | undefined {
  const resources = resourcesOf(at, served, generation)
  if (resources.length === 0) return undefined
  const apiVersion = at.group === '' ? {} : { apiVersion: 'v1' }
  return { kind: 'APIResourceList', ...apiVersion, groupVersion: apiVersionOf(at), resources }
}

interface Entry {
  readonly name: string
  /** Of the kind, where it is not that of the list. */
  readonly group?: string
  readonly version?: string
  readonly singularName: string
  readonly namespaced: boolean
  readonly kind: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

/** The resources of a group version with their subresources, by name. */
export function resourcesOf(
  at: { group: string; version: string },
  served: readonly Served[],
  generation: Generation,
): Entry[] {
  return served
    .filter((one) => one.group === at.group && one.version === at.version)
    .flatMap((one) => entries(one, generation))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function entries(served: Served, { singularNames }: Generation): Entry[] {
  const { plural, singular = '', kind, namespaced, shortNames, categories, subresources = {}, strategy } = served
  const stored = strategy !== undefined
  const main = {
    name: plural,
    singularName: singularNames ? singular || kind.toLowerCase() : '',
    namespaced,
    kind,
    verbs: stored ? (served.verbs ?? ALL_VERBS) : ['create'],
    ...(shortNames && { shortNames }),
    ...(categories && { categories }),
    ...(stored && { storageVersionHash: storageVersionHash(served) }),
  }
  const below = Object.keys(subresources).map((name) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs: SUBRESOURCE_VERBS,
  }))
  const posted = Object.entries(served.posted ?? {}).map(([name, kindOf]) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    ...kindOf,
    verbs: ['create'],
  }))
  return [main, ...below, ...posted]
}

/** Source: apiserver pkg/endpoints/discovery/storageversionhash.go. */
function storageVersionHash({ group, version, kind }: Served): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}

/** Source: apimachinery pkg/version/types.go. */
export function versionDocument({ name, minor }: Generation): object {
  return {
    major: '1',
    minor: String(minor),
    gitVersion: `v${name}.0-certlet-lab`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'go0',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}
