/** Certificates that were issued and have not yet gone out to who asked for them. */
import { certificatePem, type CertificateSigningRequest } from '../controllers/csr.ts'
import type { LabResponse } from '../request.ts'
import type { CsrEvent } from './events.ts'

export interface Deliveries {
  /** Takes note of what has become of a stored request. */
  readonly note: (event: CsrEvent, csr: CertificateSigningRequest) => void
  /** Looks at bytes on their way out. @param user - who gets them; asked for only if a certificate is among them. */
  readonly look: (bytes: Uint8Array, user: () => string | undefined) => void
}

/** How a certificate begins: in protobuf, and as JSON and YAML have it. 27 octets are 36 characters of base64 without a rest. */
const BEGINNING = '-----BEGIN CERTIFICATE-----'
const BEGINNING_IN_BASE64 = Buffer.from(BEGINNING).toString('base64')
/** More than the beginning and the first line that follows it. */
const ENOUGH = 200

/**
 * @param delivered - told of the first time that a certificate goes out to the user who made the request, whichever way: by get, list or
 * watch, in any form. A certificate that does not begin with its PEM block is not found.
 */
export function createDeliveries(delivered: (event: CsrEvent) => void): Deliveries {
  const pending = new Map<string, CsrEvent>()
  const keys = new Map<string, string>()
  const forget = (name: string): void => {
    pending.delete(keys.get(name) ?? '')
    keys.delete(name)
  }
  return {
    note: (event, csr) => {
      if (event.kind === 'deleted') forget(event.name)
      if (event.kind !== 'signed') return
      const key = keyOf(event.username, certificatePem(csr) ?? '')
      keys.set(event.name, key)
      pending.set(key, { ...event, kind: 'delivered' })
    },
    look: (bytes, user) => {
      if (pending.size === 0) return
      const found = certificatesIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      const name = found.length > 0 ? user() : undefined
      if (name === undefined) return
      for (const pem of found) {
        const event = pending.get(keyOf(name, pem))
        if (!event) continue
        forget(event.name)
        delivered(event)
      }
    },
  }
}

/** The first line of a certificate holds its serial number. */
const keyOf = (user: string, pem: string): string => `${pem.split('\n')[1] ?? ''} ${user}`

/** The beginnings of all certificates among some bytes. */
function certificatesIn(bytes: Buffer): string[] {
  const plain = indicesOf(bytes, BEGINNING).map((at) => bytes.toString('latin1', at, at + ENOUGH))
  const encoded = indicesOf(bytes, BEGINNING_IN_BASE64).map((at) => {
    const [text = ''] = bytes.toString('latin1', at, at + 2 * ENOUGH).split(/[^A-Za-z0-9+/]/)
    return Buffer.from(text, 'base64').toString('latin1')
  })
  return [...plain, ...encoded]
}

function indicesOf(bytes: Buffer, text: string): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) found.push(at)
  return found
}

/** The same answer; its bytes are shown when they are handed on. */
export function shownTo(look: (bytes: Uint8Array) => void, answer: LabResponse): LabResponse {
  const { body } = answer
  if (body instanceof Uint8Array) {
    look(body)
    return answer
  }
  async function* chunks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      look(chunk)
      yield chunk
    }
  }
  return { ...answer, body: chunks(body) }
}
