import { X509Certificate } from 'node:crypto'
import type { Lab } from './lab.ts'
import type { LabRequest, LabResponse } from './request.ts'

/** Requests in process as whom a certificate names; bodies are JSON. */
export function askAs(certificatePem: string, answer: (request: LabRequest) => LabResponse): Lab['admin'] {
  const clientCertificates = [new X509Certificate(certificatePem).raw]
  return async (method, path, body) => {
    const request: LabRequest = {
      method,
      path,
      headers: {},
      clientCertificates,
      ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
    }
    const response = answer(request)
    const chunks: Uint8Array[] = []
    if (response.body instanceof Uint8Array) chunks.push(response.body)
    else for await (const chunk of response.body) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text }
  }
}
