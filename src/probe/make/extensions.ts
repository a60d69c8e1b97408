import * as der from '../../pki/der.ts'
import { encodeExtension, extensionIds } from '../../lab/pki/certificate.ts'
import type { FullRequest, RequestedExtension } from '../request-description.ts'
import { octetsOf } from './hex.ts'
import { encodeNames } from './names.ts'

/** What a request asks for in its extensionRequest: the names first, as Go has them, then the rest in its order. */
export function encodeExtensions({ sans, extensions }: Pick<FullRequest, 'sans' | 'extensions'>): Buffer[] {
  const names = sans.length === 0 ? [] : [encodeExtension(extensionIds.subjectAltName, encodeNames(sans))]
  return [...names, ...extensions.map(encodeRequested)]
}

function encodeRequested(extension: RequestedExtension): Buffer {
  if ('oid' in extension) {
    return encodeExtension(der.objectIdentifier(extension.oid), octetsOf(extension.value), extension.critical)
  }
  const { ca, pathLength } = extension.basicConstraints
  const length =
    pathLength === undefined ? [] : [der.unsignedInteger(Buffer.from(pathLength.toString(16).padStart(8, '0'), 'hex'))]
  return encodeExtension(
    extensionIds.basicConstraints,
    der.sequence(...(ca ? [der.boolean(true)] : []), ...length),
    true,
  )
}
