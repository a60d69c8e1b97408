/** Answers of the page's server. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Reply {
  readonly status: number
  readonly type?: string
  readonly text: string
  readonly cookie?: string
}

/** @param body - nothing is sent unless given. */
export function json(status: number, body?: object): Reply {
  return body === undefined ? { status, text: '' } : { status, type: 'application/json', text: JSON.stringify(body) }
}

export const plain = (status: number, text: string): Reply => ({ status, type: 'text/plain; charset=utf-8', text })

/** Nothing but what comes from the page's own server, no inline code, and no text is ever taken for markup. */
export const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

export function sendReply(outgoing: ServerResponse, { status, type, text, cookie }: Reply): void {
  const further = { ...(type && { 'Content-Type': type }), ...(cookie && { 'Set-Cookie': cookie }) }
  outgoing.writeHead(status, { ...HEADERS, ...further }).end(text)
}

const LARGEST_BODY = 64 * 1024

/** The body; undefined for one that is too large. */
export async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= LARGEST_BODY) chunks.push(chunk)
  }
  return size <= LARGEST_BODY ? Buffer.concat(chunks).toString() : undefined
}
