/** PKCS#10 requests as they are described, however odd: RFC 2986, assembled by hand so that nothing puts right what is to be wrong. */
import { sign } from 'node:crypto'
import * as der from '../../pki/der.ts'
import { signatureAlgorithm } from '../../lab/pki/certificate.ts'
import { encodePem } from '../../pem.ts'
import type { ProbeKey, RequestMaker } from '../request-body.ts'
import type { FullRequest, PemForm } from '../request-description.ts'
import { damaged } from './damage.ts'
import { encodeExtensions } from './extensions.ts'
import { makeKey } from './key.ts'
import { encodeSubject } from './names.ts'

export { makeKey }

const LABEL = 'CERTIFICATE REQUEST'
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'

export const requestMaker: RequestMaker = { makeKey, makeRequest }

/**
 * @returns the octets that stand, in base64, in `spec.request`.
 * @throws TypeError or RangeError for a description that cannot be put into octets, such as an address that is none.
 */
export async function makeRequest(request: FullRequest, key: ProbeKey): Promise<Uint8Array> {
  if ('raw' in request.pem) return Buffer.from(request.pem.raw)
  const signer = request.signature === 'other-key' ? await makeKey(key.type) : key
  return wrapped(damaged(signed(requestInfo(request, key), signer, request.signature), request.damage), request.pem)
}

function requestInfo(request: FullRequest, { spki }: ProbeKey): Buffer {
  const version = der.unsignedInteger(Buffer.from([0]))
  return der.sequence(version, encodeSubject(request.subject), spki, attributes(request))
}

/** `[0] IMPLICIT SET OF`: there and empty where nothing is requested, as Go writes it. */
function attributes(request: FullRequest): Buffer {
  const extensions = encodeExtensions(request)
  if (extensions.length === 0) return der.tagged(0)
  const value = der.setOf(der.sequence(...extensions))
  return der.tagged(0, der.sequence(der.objectIdentifier(EXTENSION_REQUEST), value))
}

function signed(info: Buffer, { privateKey }: ProbeKey, how: FullRequest['signature']): Buffer {
  const { algorithm, hash } = signatureAlgorithm(privateKey)
  const signature = sign(hash, info, privateKey)
  return der.sequence(info, algorithm, der.bitString(how === 'broken' ? spoilt(signature) : signature))
}

/** The last octet is the end of a number, whatever the algorithm: the encoding stays in order, the number is another. */
function spoilt(signature: Buffer): Buffer {
  const last = signature.length - 1
  return Buffer.concat([signature.subarray(0, last), Buffer.from([(signature[last] ?? 0) ^ 0x01])])
}

function wrapped(
  octets: Buffer,
  { label = LABEL, before = '', after = '' }: Exclude<PemForm, { raw: string }>,
): Buffer {
  return Buffer.from(before + encodePem(label, octets) + after)
}
