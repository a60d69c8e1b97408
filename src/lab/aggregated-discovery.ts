/**
 * Discovery of everything at once: groups, versions and resources in one document, for clients that ask for it by their Accept header.
 * Source: apiserver pkg/endpoints/discovery/aggregated/{wrapper,handler,etag}.go, pkg/endpoints/installer.go (ConvertGroupVersionIntoToDiscovery).
 */
import { createHash } from 'node:crypto'
import { groupsOf, resourcesOf, type Served, versionsOf } from './discovery.ts'
import type { Generation } from './generation.ts'
import { clausesFitting, type MediaType } from './negotiation/accept.ts'
import { encode } from './negotiation/encode.ts'
import type { LabResponse } from './request.ts'

/** What the headers of a request say. */
interface Asked {
  readonly accept: string | undefined
  readonly ifNoneMatch: string | undefined
  /** The media types of answers. */
  readonly written: readonly MediaType[]
}

/** Undefined unless the path is one of the two and the client asks for it in a version that there is. */
export function aggregatedDiscovery(
  path: string,
  { accept, ifNoneMatch, written }: Asked,
  served: readonly Served[],
  generation: Generation,
): LabResponse | undefined {
  const [, root] = /^\/(apis?)\/?$/.exec(path) ?? []
  if (root === undefined) return undefined
  for (const { mediaType, parameters } of clausesFitting(accept, written)) {
    if (!parameters.has('as') && !parameters.has('g') && !parameters.has('v')) return undefined
    const version = parameters.get('v') ?? ''
    const isIt = parameters.get('as') === 'APIGroupDiscoveryList' && parameters.get('g') === 'apidiscovery.k8s.io'
    if (!isIt || !generation.aggregatedDiscovery.some((one) => one === version)) continue
    const groups = root === 'api' ? [''] : groupsOf(served)
    const items = groups.map((group) => groupEntry(group, served, generation))
    const document = {
      ...{ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items },
    }
    const body = encode(document, mediaType, false)
    const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`
    const headers: LabResponse['headers'] = [
      ['Vary', 'Accept'],
      ['ETag', etag],
    ]
    if (ifNoneMatch === etag) return { status: 304, headers, body: Buffer.alloc(0) }
    const type = `${mediaType};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
    return { status: 200, headers: [...headers, ['Content-Type', type]], body }
  }
  return undefined
}

function groupEntry(group: string, served: readonly Served[], generation: Generation): object {
  return {
    metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
    versions: versionsOf(group, served).map((version) => ({
      version,
      resources: resourceEntries(resourcesOf({ group, version }, served, generation)),
      // Since the field has come, the lists are always up to date here.
      ...(generation.minor > 26 && { freshness: 'Current' }),
    })),
  }
}

type Listed = ReturnType<typeof resourcesOf>[number]

function resourceEntries(listed: readonly Listed[]): object[] {
  const below = listed.filter(({ name }) => name.includes('/'))
  return listed
    .filter((one) => !below.includes(one))
    .map(({ name, kind, namespaced, singularName, verbs, shortNames, categories }) => {
      const subresources = below
        .filter((one) => one.name.startsWith(`${name}/`))
        .map((one) => ({
          subresource: one.name.slice(name.length + 1),
          responseKind: responseKind(one),
          verbs: one.verbs,
        }))
      return {
        resource: name,
        responseKind: responseKind({ kind }),
        scope: namespaced ? 'Namespaced' : 'Cluster',
        singularResource: singularName,
        verbs,
        ...(shortNames && { shortNames }),
        ...(categories && { categories }),
        ...(subresources.length > 0 && { subresources }),
      }
    })
}

/** Group and version are empty where they are those of the list. */
function responseKind({ group = '', version = '', kind }: Pick<Listed, 'group' | 'version' | 'kind'>): object {
  return { group, version, kind }
}
