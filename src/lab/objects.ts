/** Objects that are there from the start, and a look at those that are there now. */
import { parseBootstrapToken } from './authentication/bootstrap-token.ts'
import type { User } from './authentication/user.ts'
import type { Stored } from './lab.ts'
import type { Registry } from './registry/registry.ts'
import { namespaceNamed, namespaces } from './resources/namespaces.ts'
import { apiVersionOf, collectionOf, type Context } from './resources/resource.ts'
import { resources } from './resources/resources.ts'
import { StatusError } from './status.ts'
import type { KubeObject, Store } from './storage.ts'

const SYSTEM: User = { name: 'system:apiserver', groups: ['system:masters'] }

/** An object given at the start that the lab does not serve or does not accept; the message names it. */
export class ObjectError extends Error {
  override readonly name = 'ObjectError'
}

/**
 * Creates objects as the server itself, in their order, and namespaces that they need; one that is there already is replaced.
 * @throws ObjectError
 */
export function load(registry: Registry, objects: readonly KubeObject[], now: Date): void {
  for (const object of objects) {
    const resource = resources.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion)
    if (!resource || !(resource.verbs?.includes('create') ?? true))
      throw new ObjectError(`the lab does not serve ${describe(object)}`)
    const { namespace = resource.namespaced ? 'default' : '', name = '' } = object.metadata
    const context = { user: SYSTEM, now }
    try {
      if (resource.namespaced) ensureNamespace(registry, namespace, context)
      try {
        registry.create(resource, namespace, object, context)
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error
        const place = { namespace, name, subresource: '' }
        registry.update(resource, { place, next: () => object, dryRun: false }, context)
      }
    } catch (error) {
      throw new ObjectError(`the lab does not accept ${describe(object)}: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
}

function ensureNamespace(registry: Registry, name: string, context: Context): void {
  try {
    registry.get(namespaces, '', name)
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'NotFound') throw error
    registry.create(namespaces, '', namespaceNamed(name), context)
  }
}

function describe({ apiVersion = '', kind = 'an object without a kind', metadata }: KubeObject): string {
  return [apiVersion && `${apiVersion}/${kind}`, (metadata as KubeObject['metadata'] | undefined)?.name]
    .filter(Boolean)
    .join(' ')
}

/** The token of the first Secret that holds one. */
export function tokenAmong(objects: readonly KubeObject[]): string | undefined {
  for (const { type, data = {}, stringData = {} } of objects) {
    if (type !== 'bootstrap.kubernetes.io/token') continue
    const read = (key: string): string =>
      (stringData as Record<string, string>)[key] ??
      Buffer.from((data as Record<string, string>)[key] ?? '', 'base64').toString()
    const token = `${read('token-id')}.${read('token-secret')}`
    if (parseBootstrapToken(token)) return token
  }
  return undefined
}

/** @param store - the one that is there now: a restart may put another in its place. @throws TypeError for what the lab does not store */
export function storedIn(store: () => Store, plural: string): Stored {
  const resource = resources.find((one) => one.plural === plural)
  if (!resource) throw new TypeError(`the lab does not store "${plural}"`)
  const collection = collectionOf(resource)
  return {
    get: (name, namespace = '') => store().get(collection, namespace === '' ? name : `${namespace}/${name}`),
    list: () => (store().list(collection) ?? []).map(([, object]) => object),
  }
}
