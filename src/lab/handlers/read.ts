/** GET of one object and of many. Source: apiserver pkg/endpoints/handlers/get.go. */
import { versionOf } from '../registry/list.ts'
import type { LabResponse } from '../request.ts'
import { tooLargeResourceVersion } from '../status.ts'
import { answerList, answerObject, type Exchange } from './exchange.ts'
import { readListOptions } from './list-options.ts'

/** @throws StatusError 404; 504 for a resourceVersion that is not reached, 500 for none */
export function getOne(exchange: Exchange): LabResponse {
  const { info, registry, resource, store } = exchange
  const wanted = info.query.get('resourceVersion') ?? ''
  if (wanted !== '' && versionOf(wanted) > store.revision) throw tooLargeResourceVersion(wanted, store.revision)
  return answerObject(exchange, 200, registry.get(resource, info.namespace, info.name))
}

export function getList(exchange: Exchange): LabResponse {
  const { generation, info, registry, resource } = exchange
  return answerList(exchange, registry.list(resource, info.namespace, readListOptions(resource, info, generation)))
}
