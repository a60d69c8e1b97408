/** POST and PUT. Source: apiserver pkg/endpoints/handlers/{create,update}.go. */
import { admit } from '../admission.ts'
import { decodeBody } from '../negotiation/body.ts'
import type { LabResponse } from '../request.ts'
import { apiVersionOf } from '../resources/resource.ts'
import { badRequest } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { answerObject, type Exchange, header } from './exchange.ts'
import { readWriteOptions } from './write-options.ts'

export function create(exchange: Exchange): LabResponse {
  const { info, registry, resource } = exchange
  const { dryRun } = readWriteOptions(info.query, 'CreateOptions')
  const object = bodyOf(exchange)
  admitted(exchange, object)
  return answerObject(exchange, 201, registry.create(resource, info.namespace, object, exchange, dryRun))
}

export function update(exchange: Exchange): LabResponse {
  const { info, registry, resource } = exchange
  const { dryRun } = readWriteOptions(info.query, 'UpdateOptions')
  const { name, namespace, subresource } = info
  const object = bodyOf(exchange)
  checkName(exchange, object)
  const change = {
    place: { name, namespace, subresource },
    next: () => object,
    uid: object.metadata.uid,
    admit: (next: KubeObject, old: KubeObject) => {
      admitted(exchange, next, old)
    },
    ...(resource.createOnUpdate && subresource === '' && { create: () => createInstead(exchange, object, dryRun) }),
    dryRun,
  }
  const updated = registry.update(resource, change, exchange)
  return answerObject(exchange, updated.created ? 201 : 200, updated.object)
}

function createInstead(exchange: Exchange, object: KubeObject, dryRun: boolean): KubeObject {
  const { info, registry, resource } = exchange
  admitted(exchange, object)
  return registry.create(resource, info.namespace, object, exchange, dryRun)
}

function bodyOf({ request, resource }: Exchange): KubeObject {
  const expected = { type: resource.type, apiVersion: apiVersionOf(resource), kind: resource.kind }
  const object = decodeBody(request.body, header(request, 'content-type'), expected)
  return { ...object, metadata: object['metadata'] ?? {} } as KubeObject
}

/** @throws StatusError 400 */
function checkName({ info }: Exchange, { metadata }: KubeObject): void {
  const { name = '', namespace = '' } = metadata
  if (name === '')
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`)
  if (name !== info.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`)
  if (info.namespace !== '' && namespace !== '' && namespace !== info.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the request (${info.namespace})`,
    )
  }
}

/** @throws StatusError 403 */
export function admitted(exchange: Exchange, object: KubeObject, old?: KubeObject): void {
  const { authorize, generation, info, resource, user } = exchange
  admit({ resource, info, object, old, user, authorize, generation })
}
