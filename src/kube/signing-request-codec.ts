import type { V1CertificateSigningRequest } from '@kubernetes/client-node'
import type { Condition, NewSigningRequest, SigningRequest } from '../csr/signing-request.ts'
import { CertletError } from '../errors.ts'
import { excerpt } from '../one-line.ts'

/** The object that is posted. No labels, no annotations, as the kubelet's. Source: client-go util/certificate/csr/csr.go. */
export function encodeSigningRequest(request: NewSigningRequest): V1CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: request.name },
    spec: {
      request: Buffer.from(request.request).toString('base64'),
      signerName: request.signerName,
      usages: [...request.usages],
      ...(request.expirationSeconds !== undefined && { expirationSeconds: request.expirationSeconds }),
    },
  }
}

/**
 * Reads an object of the API server, trusting nothing about its shape.
 * @throws CertletError API_UNEXPECTED if it is not a CertificateSigningRequest.
 */
export function decodeSigningRequest(value: unknown): SigningRequest {
  const { metadata, spec, status } = mapping(value)
  const { name, uid, resourceVersion, creationTimestamp } = mapping(metadata)
  const { signerName, request, usages, expirationSeconds, username } = mapping(spec)
  const { conditions, certificate } = mapping(status ?? {})
  if (typeof uid !== 'string' || typeof request !== 'string') throw unexpected()
  const createdAt = new Date(creationTimestamp instanceof Date ? creationTimestamp : text(creationTimestamp))
  return {
    name: text(name),
    uid,
    resourceVersion: text(resourceVersion),
    signerName: text(signerName),
    request: Buffer.from(request, 'base64').toString('utf8'),
    usages: Array.isArray(usages) ? usages.filter((usage) => typeof usage === 'string') : [],
    ...(typeof expirationSeconds === 'number' && { expirationSeconds }),
    username: excerpt(username),
    ...(!Number.isNaN(createdAt.getTime()) && { createdAt }),
    conditions: Array.isArray(conditions) ? conditions.map(condition) : [],
    ...(typeof certificate === 'string' && { certificate: Buffer.from(certificate, 'base64').toString('utf8') }),
  }
}

function condition(value: unknown): Condition {
  const { type, reason, message } = mapping(value)
  return { type: text(type), reason: excerpt(reason), message: excerpt(message) }
}

function mapping(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw unexpected()
  return value as Record<string, unknown>
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function unexpected(): CertletError {
  return new CertletError(
    'API_UNEXPECTED',
    'The API server answered with something that is not a CertificateSigningRequest',
  )
}
