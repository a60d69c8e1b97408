/** Which objects a list, a watch or a deletion is about. */
import type { Resource } from '../resources/resource.ts'
import { badRequest } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import type { FieldTerm } from './field-selector.ts'
import type { Labels } from './label-selector.ts'

export interface Selector {
  /** Whether everything is selected; only then does a page say how many objects are left. */
  readonly everything: boolean
  /** The one name that can match, if the selector says so. */
  readonly name?: string
  readonly matches: (object: KubeObject) => boolean
}

export const everything: Selector = { everything: true, matches: () => true }

export interface ParsedSelectors {
  /** Undefined: all labels. */
  readonly labels: ((labels: Labels) => boolean) | undefined
  readonly fields: readonly FieldTerm[]
  /** The name in the path of a watch on one object; empty for none. */
  readonly name?: string
}

/** @throws StatusError 400 for fields that the resource cannot be selected by. */
export function selectorOf(
  resource: Resource,
  { labels: byLabels, fields: given, name = '' }: ParsedSelectors,
): Selector {
  for (const { field } of given) {
    if (!(field in fieldsOf(resource, { metadata: {} }))) throw badRequest(unsupported(resource, field))
  }
  const exact = (terms: readonly FieldTerm[]): string | undefined =>
    terms.find(({ field, equal }) => equal && field === 'metadata.name')?.value
  if (name !== '' && given.length > 0 && exact(given) !== name)
    throw badRequest("fieldSelector metadata.name doesn't match requested name")
  const terms = name === '' || given.length > 0 ? given : [{ field: 'metadata.name', equal: true, value: name }]
  if (!byLabels && terms.length === 0) return everything
  const only = exact(terms)
  return {
    everything: false,
    ...(only !== undefined && { name: only }),
    matches: (object) => {
      const values = terms.length > 0 ? fieldsOf(resource, object) : {}
      return (
        terms.every(({ field, equal, value }) => (values[field] === value) === equal) &&
        (byLabels?.(object.metadata.labels ?? {}) ?? true)
      )
    },
  }
}

function fieldsOf(resource: Resource, object: KubeObject): Record<string, string> {
  const { name = '', namespace = '' } = object.metadata
  const plain = resource.selectable === undefined
  return {
    'metadata.name': name,
    ...((resource.namespaced || plain) && { 'metadata.namespace': namespace }),
    ...resource.selectable?.(object),
  }
}

/** Kinds without fields of their own share one conversion. Source: apimachinery pkg/runtime/conversion.go, DefaultMetaV1FieldSelectorConversion. */
function unsupported(resource: Resource, field: string): string {
  return resource.selectable === undefined
    ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
    : `field label not supported: ${field}`
}
