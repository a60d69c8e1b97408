/** What the generic machinery must know about a kind. One object of this type per resource; see the other files here. */
import type { User } from '../authentication/user.ts'
import type { FieldError } from '../field-error.ts'
import type { StructSchema } from '../schema/schema.ts'
import type { Verb } from '../request.ts'
import type { KubeObject } from '../storage.ts'
import type { NameRule } from '../validation.ts'

export interface Context {
  user: User
  now: Date
}

/** What happens to an object on its way into the store (`rest.RESTCreateStrategy`, `rest.RESTUpdateStrategy`). */
export interface Strategy {
  /** The object as it will be stored; what the caller may not set is put back. */
  prepareForCreate?(object: KubeObject, context: Context): KubeObject
  validate?(object: KubeObject): FieldError[]
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: Context): KubeObject
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[]
}

export interface Column {
  name: string
  /** `string` unless said otherwise. */
  type?: string
  /** Above 0 only `kubectl get -o wide` shows it. */
  priority?: number
  format?: string
  description: string
}

export interface TableShape {
  columns: readonly Column[]
  cells(object: KubeObject, now: Date): (string | number)[]
}

export interface Resource {
  group: string
  version: string
  plural: string
  singular: string
  kind: string
  namespaced: boolean
  /** What can be done with it; everything unless said otherwise. */
  verbs?: readonly Verb[]
  shortNames?: readonly string[]
  /** Groups of kinds that kubectl knows as one, such as `all`. */
  categories?: readonly string[]
  type: StructSchema
  nameRule: NameRule
  strategy: Strategy
  /** Subresources that can be read and updated, each with its own update strategy. */
  subresources?: Readonly<Record<string, Strategy>>
  /** Subresources that take objects of another kind, and keep none. */
  posted?: Readonly<Record<string, { readonly group: string; readonly version: string; readonly kind: string }>>
  /** Whether an update without a resourceVersion is one of whatever is there; true unless said otherwise. */
  unconditionalUpdate?: boolean
  /** Whether an update of what is not there creates it; false unless said otherwise. */
  createOnUpdate?: boolean
  /** For kinds whose objects another group version stores: where, and how they are turned into this form and back. */
  stored?: {
    readonly collection: string
    readonly read: (stored: KubeObject) => KubeObject
    readonly write: (object: KubeObject) => KubeObject
  }
  /** The name under which the real server stores it, where it is another one. Errors show it. */
  storedAs?: string
  /** Fields for field selectors besides `metadata.name` (and `metadata.namespace` of namespaced kinds). */
  selectable?(object: KubeObject): Record<string, string>
  table?: TableShape
}

export const apiVersionOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `${group}/${version}` : version

/** The store's collection of a resource. */
export const collectionOf = ({ plural, group, stored }: Pick<Resource, 'plural' | 'group' | 'stored'>): string =>
  stored?.collection ?? `${plural}.${group}`

/** The object with the status of another. */
export function withStatusOf(object: KubeObject, from: KubeObject): KubeObject {
  const { status: _mine, ...rest } = object
  return from['status'] === undefined ? rest : { ...rest, status: from['status'] }
}
