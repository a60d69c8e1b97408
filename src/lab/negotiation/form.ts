/** Objects in the form that was asked for. Source: apiserver pkg/endpoints/handlers/response.go. */
import { apiVersionOf, type Resource, type TableShape } from '../resources/resource.ts'
import { defaultTable } from '../resources/columns.ts'
import type { List } from '../registry/list.ts'
import { badRequest, notAcceptable } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { goQuote } from '../field-error.ts'
import type { Conversion } from './accept.ts'

export interface Form {
  readonly conversion: Conversion | undefined
  /** What the rows of a table carry: `includeObject` of the query. */
  readonly includeObject: 'Metadata' | 'Object' | 'None'
}

/** @throws StatusError 400 for an includeObject that there is not; only tables look at it. */
export function formOf(conversion: Conversion | undefined, query: URLSearchParams): Form {
  const asked = query.get('includeObject') ?? ''
  if (conversion?.kind !== 'Table') return { conversion, includeObject: 'Metadata' }
  if (asked === '' || asked === 'Metadata') return { conversion, includeObject: 'Metadata' }
  if (asked === 'Object' || asked === 'None') return { conversion, includeObject: asked }
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(asked)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}

/** One object. @throws StatusError 406 when a list of metadata was asked for. */
export function oneInForm(resource: Resource, object: KubeObject, form: Form, now: Date): object {
  const { conversion } = form
  switch (conversion?.kind) {
    case undefined:
      return object
    case 'Table':
      return table(resource, [object], { resourceVersion: object.metadata.resourceVersion ?? '' }, form, now)
    case 'PartialObjectMetadata':
      return metadataOf(object, conversion.apiVersion)
    case 'PartialObjectMetadataList':
      throw notAcceptable(
        `you requested PartialObjectMetadataList, but the requested object is not a list (*${internalPackage(resource)}.${resource.kind})`,
      )
  }
}

/** A list. @throws StatusError 406 when the metadata of one object was asked for. */
export function listInForm(resource: Resource, list: List, form: Form, now: Date): object {
  const { items, ...metadata } = list
  const { conversion } = form
  switch (conversion?.kind) {
    case undefined: {
      const bare = items.map(({ kind: _kind, apiVersion: _version, ...item }) => item)
      return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items: bare }
    }
    case 'Table':
      return table(resource, items, metadata, form, now)
    case 'PartialObjectMetadataList': {
      const bare = items.map(({ metadata: one }) => ({ metadata: one }))
      return { kind: conversion.kind, apiVersion: conversion.apiVersion, metadata, items: bare }
    }
    case 'PartialObjectMetadata':
      throw notAcceptable(
        `you requested PartialObjectMetadata, but the requested object is a list (*${internalPackage(resource)}.${resource.kind}List)`,
      )
  }
}

function metadataOf({ metadata }: KubeObject, apiVersion: Conversion['apiVersion'] = 'meta.k8s.io/v1'): object {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata }
}

/** The Go package of the server's own type, which errors show. */
function internalPackage({ group }: Resource): string {
  return group === '' ? 'core' : group.replace(/\..*$/, '')
}

function table(resource: Resource, items: readonly KubeObject[], metadata: object, form: Form, now: Date): object {
  const shape: TableShape = resource.table ?? defaultTable
  const { apiVersion = 'meta.k8s.io/v1' } = form.conversion ?? {}
  return {
    kind: 'Table',
    apiVersion,
    metadata,
    columnDefinitions: shape.columns.map(({ name, type = 'string', format = '', description, priority = 0 }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: items.map((object) => ({ cells: shape.cells(object, now), object: rowObject(object, form, apiVersion) })),
  }
}

function rowObject(object: KubeObject, form: Form, apiVersion: Conversion['apiVersion']): object | null {
  if (form.includeObject === 'None') return null
  return form.includeObject === 'Object' ? object : metadataOf(object, apiVersion)
}
