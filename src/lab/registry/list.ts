/** Lists: of now, of a past revision, in pages. Source: apiserver pkg/storage/etcd3/store.go (GetList), pkg/storage/cacher. */
import { parseGoInteger } from '../schema/go-number.ts'
import type { ListOptions } from '../handlers/list-options.ts'
import { collectionOf, type Resource } from '../resources/resource.ts'
import { compareBytes } from '../schema/compare-bytes.ts'
import { badRequest, expired, tooLargeResourceVersion, unknownError } from '../status.ts'
import type { KubeObject, Store } from '../storage.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'

export interface List {
  readonly items: readonly KubeObject[]
  readonly resourceVersion: string
  /** Token of the next page, if there is one. */
  readonly continue?: string
  /** Only without selectors: then nobody had to look at the rest. */
  readonly remainingItemCount?: number
}

export type ListQuery = Pick<
  ListOptions,
  'selector' | 'resourceVersion' | 'resourceVersionMatch' | 'limit' | 'continue'
>

const TOO_OLD = 'The resourceVersion for the provided list is too old.'
const INCONSISTENT =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ' +
  'parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided ' +
  'token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was ' +
  'returned and now may show up in the list.'

/** @throws StatusError 400 for a bad token, 410 for a revision that is forgotten, 504 for one that is not reached, 500 for none. */
export function listObjects(store: Store, resource: Resource, namespace: string, query: ListQuery): List {
  const { revision, start } = startOf(store, query)
  const collection = collectionOf(resource)
  const all = store.list(collection, revision)
  if (!all) {
    if (start === '') throw expired(TOO_OLD)
    throw expired(INCONSISTENT, encodeContinue({ revision: -1, start }))
  }
  // Keys of namespaced objects begin with the namespace; tokens do not repeat it.
  const prefix = namespace === '' ? '' : `${namespace}/`
  const within = all.filter(([key]) => key.startsWith(prefix) && compareBytes(key, prefix + start) >= 0)
  const shown = revision ?? store.revision
  const { limit, selector } = query
  const items: KubeObject[] = []
  for (const [index, [key, object]] of within.entries()) {
    if (!selector.matches(object)) continue
    items.push(object)
    const left = within.length - index - 1
    if (limit > 0 && items.length === limit && left > 0 && selector.name === undefined) {
      return {
        items,
        resourceVersion: String(shown),
        continue: encodeContinue({ revision: shown, start: `${key.slice(prefix.length)}\0` }),
        ...(selector.everything && { remainingItemCount: left }),
      }
    }
  }
  return { items, resourceVersion: String(shown) }
}

/** From which revision (`undefined`: the latest) and from which key on. */
function startOf(store: Store, query: ListQuery): { revision: number | undefined; start: string } {
  const { resourceVersion, resourceVersionMatch: match, limit } = query
  const paged = query.continue !== '' || (limit > 0 && resourceVersion !== '0')
  const uncached = paged || match === 'Exact'
  const wanted = resourceVersion === '' ? 0 : versionOf(resourceVersion, uncached)
  if (query.continue !== '') {
    if (wanted > 0) throw badRequest('specifying resource version is not allowed when using continue')
    const { revision, start } = decodeContinue(query.continue)
    return { revision: revision > 0 ? revision : undefined, start }
  }
  const exact = match === 'Exact' || (match === '' && paged && wanted > 0)
  if (wanted > store.revision) {
    if (exact) throw unknownError('etcdserver: mvcc: required revision is a future revision')
    throw tooLargeResourceVersion(resourceVersion, store.revision)
  }
  return { revision: exact ? wanted : undefined, start: '' }
}

/** A resourceVersion as a number. @throws StatusError 500, or 400 where the list would not come from the watch cache. */
export function versionOf(text: string, uncached = false): number {
  try {
    return parseGoInteger(text, 'ParseUint')
  } catch (error) {
    const why = `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${(error as Error).message}`
    throw uncached ? badRequest(`invalid resource version: ${why}`) : unknownError(why)
  }
}
