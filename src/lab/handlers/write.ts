/** POST and PUT. Source: apiserver pkg/endpoints/handlers/{create,update}.go. */
import { admitAfter, admitBefore, type AdmissionRequest } from '../admission/admission.ts'
import { decodeBody } from '../negotiation/body.ts'
import type { Update } from '../registry/update.ts'
import type { LabResponse } from '../request.ts'
import { apiVersionOf } from '../resources/resource.ts'
import { badRequest, unknownError } from '../status.ts'
import type { KubeObject } from '../storage.ts'
import { answerObject, type Exchange, header } from './exchange.ts'
import { type FieldValidation, readWriteOptions } from './write-options.ts'

export function create(exchange: Exchange): LabResponse {
  const { dryRun, fieldValidation } = readWriteOptions(exchange.info.query, 'CreateOptions')
  const object = bodyOf(exchange, fieldValidation)
  return answerObject(exchange, 201, created(exchange, object, dryRun))
}

function created(exchange: Exchange, object: KubeObject, dryRun: boolean): KubeObject {
  const { info, registry, resource } = exchange
  const { namespace = '', resourceVersion = '' } = object.metadata
  if (resource.namespaced && namespace !== '' && namespace !== info.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  const admitted = admitBefore(admission(exchange, object))
  if (resourceVersion !== '' && resourceVersion !== '0')
    throw unknownError('resourceVersion should not be set on objects to be created')
  return registry.create(resource, info.namespace, admitted, exchange, {
    dryRun,
    admit: (valid) => {
      admitAfter(admission(exchange, valid))
    },
  })
}

export function update(exchange: Exchange): LabResponse {
  const { info, registry, resource } = exchange
  const { dryRun, fieldValidation } = readWriteOptions(info.query, 'UpdateOptions')
  const { name, namespace, subresource } = info
  const object = bodyOf(exchange, fieldValidation)
  checkName(exchange, object)
  const change = {
    place: { name, namespace, subresource },
    next: () => object,
    uid: object.metadata.uid,
    ...admissionOf(exchange),
    ...(resource.createOnUpdate && subresource === '' && { create: () => created(exchange, object, dryRun) }),
    dryRun,
  }
  const updated = registry.update(resource, change, exchange)
  return answerObject(exchange, updated.created ? 201 : 200, updated.object)
}

function bodyOf({ request, resource, warnings }: Exchange, fieldValidation: FieldValidation): KubeObject {
  const expected = { type: resource.type, apiVersion: apiVersionOf(resource), kind: resource.kind }
  const object = decodeBody(request.body, header(request, 'content-type'), expected, { fieldValidation, warnings })
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

/** What admission has to say to an update, before and after validation. */
export function admissionOf(exchange: Exchange): Pick<Update, 'admitBefore' | 'admitAfter'> {
  return {
    admitBefore: (next, old) => admitBefore(admission(exchange, next, old)),
    admitAfter: (next, old) => {
      admitAfter(admission(exchange, next, old))
    },
  }
}

function admission(exchange: Exchange, object: KubeObject, old?: KubeObject): AdmissionRequest {
  const { authorize, generation, info, resource, store, user } = exchange
  return { resource, info, object, old, user, authorize, generation, store }
}
