/** Field and label selectors. Source: apimachinery pkg/fields/selector.go, pkg/labels/selector.go (equality only). */
import type { Resource } from '../resources/resource.ts'
import { badRequest } from '../status.ts'
import type { KubeObject } from '../storage.ts'

export type Selector = (object: KubeObject) => boolean

/** @throws StatusError 400 for a field that cannot be selected by, or a selector that does not parse. */
export function readSelector(query: URLSearchParams, resource: Resource): Selector {
  const fields = terms(query.get('fieldSelector') ?? '')
  const labels = terms(query.get('labelSelector') ?? '')
  const known = fieldsOf(resource, { metadata: {} })
  for (const { key } of fields) {
    if (!(key in known)) throw badRequest(`field label not supported: ${key}`)
  }
  return (object) => {
    const values = fieldsOf(resource, object)
    return (
      fields.every((term) => term.holds(values[term.key])) &&
      labels.every((term) => term.holds(object.metadata.labels?.[term.key]))
    )
  }
}

function fieldsOf(resource: Resource, object: KubeObject): Record<string, string> {
  const { name = '', namespace = '' } = object.metadata
  return {
    'metadata.name': name,
    ...(resource.namespaced && { 'metadata.namespace': namespace }),
    ...resource.selectable?.(object),
  }
}

interface Term {
  readonly key: string
  holds(value: string | undefined): boolean
}

function terms(text: string): Term[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, key = '', operator = '', wanted = ''] = /^\s*([^=!\s]+)\s*(==|=|!=)?\s*(.*?)\s*$/.exec(part) ?? []
      if (key === '') throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`)
      if (operator === '') return { key, holds: (value) => value !== undefined }
      return { key, holds: (value) => (operator === '!=' ? value !== wanted : value === wanted) }
    })
}
