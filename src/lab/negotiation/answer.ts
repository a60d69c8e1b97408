/** How objects are sent: as themselves, or as rows of a table. Source: apiserver pkg/endpoints/handlers/response.go. */
import { apiVersionOf, type Resource } from '../resources/resource.ts'
import { defaultTable } from '../resources/columns.ts'
import { notAcceptable } from '../status.ts'
import type { KubeObject } from '../storage.ts'

export type Form = 'object' | 'table'

const JSON_TYPES = ['application/json', 'application/*', '*/*']

/** @throws StatusError 406 when no form of JSON will do. */
export function formOf(accept: string | undefined): Form {
  for (const entry of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim())
    if (!JSON_TYPES.includes(type)) continue
    const as = parameters.find((parameter) => parameter.startsWith('as='))
    if (as === undefined) return 'object'
    if (as === 'as=Table' && parameters.includes('v=v1')) return 'table'
  }
  throw notAcceptable('only the following media types are accepted: application/json')
}

/** One object in the form that was asked for. */
export function answerOne(resource: Resource, object: KubeObject, form: Form, now: Date): object {
  return form === 'object' ? object : table(resource, [object], object.metadata.resourceVersion ?? '', now)
}

export function answerList(
  resource: Resource,
  items: readonly KubeObject[],
  resourceVersion: string,
  form: Form,
  now: Date,
): object {
  if (form === 'table') return table(resource, items, resourceVersion, now)
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata: { resourceVersion }, items }
}

/** A bookmark carries nothing but the revision. */
export function bookmark(resource: Resource, resourceVersion: string, form: Form): object {
  if (form === 'table')
    return {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion },
      columnDefinitions: null,
      rows: [],
    }
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion, creationTimestamp: null },
  }
}

function table(resource: Resource, items: readonly KubeObject[], resourceVersion: string, now: Date): object {
  const shape = resource.table ?? defaultTable
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: shape.columns.map(({ name, format = '', description }) => ({
      name,
      type: 'string',
      format,
      description,
      priority: 0,
    })),
    rows: items.map((object) => ({
      cells: shape.cells(object, now),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  }
}
