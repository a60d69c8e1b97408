/** The verbs of a resource. */
import type { LabResponse } from '../request.ts'
import { methodNotAllowed, noSuchRoute } from '../status.ts'
import { deleteCollection, deleteOne } from './delete.ts'
import type { Exchange } from './exchange.ts'
import { patch } from './patch.ts'
import { getList, getOne } from './read.ts'
import { watch } from './watch.ts'
import { create, update } from './write.ts'

/** @throws StatusError 404 and 405 for what has no route, besides those of the verbs */
export function answerResource(exchange: Exchange): LabResponse {
  const { verb, subresource, name } = exchange.info
  const { verbs } = exchange.resource
  const main = subresource === ''
  checkScope(exchange)
  if (verbs && !verbs.some((one) => one === verb)) throw methodNotAllowed()
  if (verb === 'get') return getOne(exchange)
  if (verb === 'update' && name !== '') return update(exchange)
  if (verb === 'patch' && name !== '') return patch(exchange)
  if (main && verb === 'list') return getList(exchange)
  if (main && verb === 'watch') return watch(exchange)
  if (main && verb === 'create' && name === '') return create(exchange)
  if (main && verb === 'delete') return deleteOne(exchange)
  if (main && verb === 'deletecollection') return deleteCollection(exchange)
  throw methodNotAllowed()
}

/** Objects of a namespace have routes below it, and lists across all of them; other objects have none there. */
function checkScope({ info, resource }: Exchange): void {
  const { namespace, name, verb } = info
  if (!resource.namespaced) {
    if (namespace !== '') throw noSuchRoute()
  } else if (namespace === '' && verb !== 'list' && verb !== 'watch') {
    throw name === '' ? methodNotAllowed() : noSuchRoute()
  }
}
