/** OpenAPI paths of resources and reviews. Source: apiserver pkg/endpoints/installer.go, pkg/endpoints/openapi/openapi.go. */
import type { Served } from '../discovery.ts'
import type { Verb } from '../request.ts'
import { type Json, kindOf, refTo, schemaName } from './schemas.ts'

/** What the lab takes as a patch; the names are the media types. */
const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

const query = (name: string, type: 'boolean' | 'integer' | 'string'): Json => ({
  name,
  in: 'query',
  schema: { type, uniqueItems: true },
})
const inPath = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string', uniqueItems: true },
})

const LIST_OPTIONS = [
  ...['continue', 'fieldSelector', 'labelSelector', 'resourceVersion', 'resourceVersionMatch'].map((name) =>
    query(name, 'string'),
  ),
  ...['limit', 'timeoutSeconds'].map((name) => query(name, 'integer')),
  ...['allowWatchBookmarks', 'sendInitialEvents', 'watch'].map((name) => query(name, 'boolean')),
]
const WRITE_OPTIONS = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => query(name, 'string'))
const DELETE_OPTIONS = ['dryRun', 'propagationPolicy'].map((name) => query(name, 'string'))

/** The paths below one group version. */
export function pathsOf(served: readonly Served[]): Record<string, Json> {
  return Object.fromEntries(served.flatMap(pathsOfOne).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function pathsOfOne(one: Served): [path: string, item: Json][] {
  const { group, version, plural, namespaced, strategy, subresources = {} } = one
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
  const parameters = [...(namespaced ? [inPath('namespace')] : []), query('pretty', 'string')]
  const create = operation(one, 'post', { parameters: WRITE_OPTIONS, requestBody: bodyOf(one, ['*/*']) })
  if (!strategy) return [[collection, { post: create, parameters }]]
  const ofOne = [inPath('name'), ...parameters]
  const update = {
    put: operation(one, 'put', { parameters: WRITE_OPTIONS, requestBody: bodyOf(one, ['*/*']) }),
    patch: operation(one, 'patch', { parameters: WRITE_OPTIONS, requestBody: bodyOf(undefined, PATCHES) }),
  }
  const list = operation(one, 'list', { parameters: LIST_OPTIONS })
  const can = (verb: Verb): boolean => one.verbs?.includes(verb) ?? true
  return [
    [
      collection,
      {
        get: list,
        ...(can('create') && { post: create }),
        ...(can('deletecollection') && {
          delete: operation(one, 'deletecollection', { parameters: [...LIST_OPTIONS, ...DELETE_OPTIONS] }),
        }),
        parameters,
      },
    ],
    [
      `${collection}/{name}`,
      {
        get: operation(one, 'get', {}),
        ...(can('update') && update),
        ...(can('delete') && { delete: operation(one, 'delete', { parameters: DELETE_OPTIONS }) }),
        parameters: ofOne,
      },
    ],
    ...Object.keys(subresources).map((name): [string, Json] => [
      `${collection}/{name}/${name}`,
      { get: operation(one, 'get', {}), ...update, parameters: ofOne },
    ]),
    ...(namespaced
      ? [[`${root}/${plural}`, { get: list, parameters: [query('pretty', 'string')] }] as [string, Json]]
      : []),
  ]
}

/** The content of a request in these media types; a patch is any object. */
function bodyOf(one: Served | undefined, mediaTypes: readonly string[]): Json {
  const schema = one ? refTo(schemaName(one)) : { type: 'object' }
  return { required: true, content: Object.fromEntries(mediaTypes.map((type) => [type, { schema }])) }
}

function operation(one: Served, action: string, more: Json): Json {
  const kind = action === 'list' ? `${one.kind}List` : one.kind
  const answer = action.startsWith('delete') ? { type: 'object' } : refTo(schemaName({ ...one, kind }))
  return {
    ...more,
    responses: {
      [action === 'post' ? '201' : '200']: {
        description: action === 'post' ? 'Created' : 'OK',
        content: { 'application/json': { schema: answer } },
      },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kindOf(one),
  }
}
