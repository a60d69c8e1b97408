/** The generic verbs over the store. Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go. */
import { randomInt, randomUUID } from 'node:crypto'
import type { FieldError } from '../field-error.ts'
import { apiVersionOf, collectionOf, type Context, type Resource, type Strategy } from '../resources/resource.ts'
import { alreadyExists, badRequest, conflict, expired, invalidObject, notFound } from '../status.ts'
import type { KubeObject, Store, StoreEvent } from '../storage.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from '../validation.ts'
import { type Selector } from './selector.ts'

/** Characters of generated names. Source: apimachinery pkg/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

export interface List {
  readonly resourceVersion: string
  readonly items: readonly KubeObject[]
}

export interface Registry {
  create(resource: Resource, namespace: string, object: KubeObject, context: Context, dryRun?: boolean): KubeObject
  get(resource: Resource, namespace: string, name: string): KubeObject
  list(resource: Resource, namespace: string, selector: Selector): List
  /** Replaces an object, or by its own rules one of its subresources. */
  update(
    resource: Resource,
    at: { namespace: string; name: string; subresource: string },
    object: KubeObject,
    context: Context,
  ): KubeObject
  /** @param uid - refused with 409 if the object has another one. */
  delete(resource: Resource, namespace: string, name: string, uid?: string): KubeObject
  /** Events after a revision (`undefined`: those of all present objects first), until the signal aborts. @throws StatusError 410 */
  watch(
    resource: Resource,
    namespace: string,
    selector: Selector,
    after: number | undefined,
    signal: AbortSignal,
  ): AsyncIterable<StoreEvent>
}

export function createRegistry(store: Store): Registry {
  const keyFor = (namespace: string, name: string): string => (namespace ? `${namespace}/${name}` : name)
  const read = (resource: Resource, namespace: string, name: string): KubeObject => {
    const found = store.get(collectionOf(resource), keyFor(namespace, name))
    if (!found) throw notFound({ group: resource.group, name: resource.plural }, name)
    return found
  }

  function create(
    resource: Resource,
    namespace: string,
    given: KubeObject,
    context: Context,
    dryRun = false,
  ): KubeObject {
    const {
      resourceVersion: _version,
      uid: _uid,
      creationTimestamp: _created,
      deletionTimestamp: _deleted,
      ...meta
    } = given.metadata
    const { name: wanted, generateName = '' } = meta
    const name = wanted ?? (generateName ? generatedName(generateName) : undefined)
    const metadata = {
      ...meta,
      ...(name !== undefined && { name }),
      ...(resource.namespaced && { namespace: meta.namespace ?? namespace }),
      uid: randomUUID(),
      creationTimestamp: `${context.now.toISOString().slice(0, 19)}Z`,
    }
    const object = prepared({ ...given, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata })
    const key = keyFor(resource.namespaced ? namespace : '', name ?? '')
    check(resource, object, [
      ...validateObjectMeta(metadata, resource.namespaced, resource.nameRule),
      ...(resource.strategy.validate?.(object) ?? []),
    ])
    if (store.get(collectionOf(resource), key))
      throw alreadyExists({ group: resource.group, name: resource.plural }, name ?? '')
    return dryRun ? object : store.put(collectionOf(resource), key, object)

    function prepared(raw: KubeObject): KubeObject {
      return resource.strategy.prepareForCreate?.(raw, context) ?? raw
    }
  }

  function update(
    resource: Resource,
    { namespace, name, subresource }: { namespace: string; name: string; subresource: string },
    given: KubeObject,
    context: Context,
  ): KubeObject {
    const old = read(resource, namespace, name)
    const qualified = { group: resource.group, name: resource.plural }
    if (given.metadata.name !== undefined && given.metadata.name !== name) {
      throw badRequest(`the name of the object (${given.metadata.name}) does not match the name on the URL (${name})`)
    }
    if (given.metadata.uid !== undefined && given.metadata.uid !== old.metadata.uid) {
      throw conflict(
        qualified,
        name,
        `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
      )
    }
    const version = given.metadata.resourceVersion
    if (version !== undefined && version !== '' && version !== old.metadata.resourceVersion) {
      throw conflict(
        qualified,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      )
    }
    const { uid = '', creationTimestamp = '', resourceVersion = '' } = old.metadata
    const object: KubeObject = {
      ...given,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { ...given.metadata, name, ...(namespace && { namespace }), uid, creationTimestamp, resourceVersion },
    }
    const strategy: Strategy = subresource ? (resource.subresources?.[subresource] ?? {}) : resource.strategy
    const next = strategy.prepareForUpdate?.(object, old, context) ?? object
    const errors = strategy.validateUpdate?.(next, old) ?? strategy.validate?.(next) ?? []
    check(resource, next, [...validateObjectMetaUpdate({ ...next.metadata, resourceVersion }, old.metadata), ...errors])
    if (JSON.stringify(next) === JSON.stringify(old)) return old
    return store.put(collectionOf(resource), keyFor(namespace, name), next)
  }

  function list(resource: Resource, namespace: string, selector: Selector): List {
    const all = store.list(collectionOf(resource)) ?? []
    const items = all.map(([, object]) => object).filter((object) => inNamespace(object, namespace) && selector(object))
    return { resourceVersion: String(store.revision), items }
  }

  async function* watch(
    resource: Resource,
    namespace: string,
    selector: Selector,
    after: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<StoreEvent> {
    const queue: StoreEvent[] = []
    let wake: () => void = () => undefined
    const stop = store.subscribe(collectionOf(resource), undefined, (event) => {
      queue.push(event)
      wake()
    })
    const onAbort = (): void => {
      wake()
    }
    signal.addEventListener('abort', onAbort)
    try {
      if (after === undefined) {
        for (const object of list(resource, namespace, selector).items) {
          yield { type: 'ADDED', revision: store.revision, key: '', object }
        }
      } else {
        const missed = store.since(collectionOf(resource), after)
        if (!missed) throw expired(`too old resource version: ${after} (${store.revision})`)
        queue.unshift(...missed)
      }
      while (!signal.aborted) {
        const event = queue.shift()
        if (!event) await new Promise<void>((resolve) => (wake = resolve))
        else if (inNamespace(event.object, namespace) && selector(event.object)) yield event
      }
    } finally {
      stop()
      signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    create,
    get: read,
    list,
    update,
    watch,
    delete: (resource, namespace, name, uid) => {
      const found = read(resource, namespace, name)
      if (uid !== undefined && found.metadata.uid !== uid) {
        const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found.metadata.uid ?? ''}`
        throw conflict({ group: resource.group, name: resource.plural }, name, why)
      }
      store.delete(collectionOf(resource), keyFor(namespace, name))
      return found
    },
  }
}

function check(resource: Resource, object: KubeObject, errors: FieldError[]): void {
  if (errors.length > 0)
    throw invalidObject({ group: resource.group, name: resource.kind }, object.metadata.name ?? '', errors)
}

function inNamespace(object: KubeObject, namespace: string): boolean {
  return namespace === '' || object.metadata.namespace === namespace
}

/** Source: apiserver pkg/storage/names/generate.go. */
function generatedName(base: string): string {
  const suffix = Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return base.slice(0, 58) + suffix
}
