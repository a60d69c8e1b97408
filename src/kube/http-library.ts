import { type PromiseHttpLibrary, ResponseContext } from '@kubernetes/client-node'
import { exchange, type Limits } from './exchange.ts'
import type { Wire } from './wire.ts'

export type { Limits } from './exchange.ts'

/**
 * client-node's HTTP library on a wire of ours. Every failure leaves as a CertletError, an answer of 300 and above included.
 * See docs/decisions/0003-transport.md.
 */
export function httpLibrary(wire: Wire, limits?: Limits): PromiseHttpLibrary {
  return {
    send: async (context) => {
      const signal = context.getSignal()
      const body = context.getBody()
      const request = {
        method: context.getHttpMethod(),
        url: new URL(context.getUrl()).href,
        headers: context.getHeaders(),
        ...(typeof body === 'string' && { body }),
        ...(signal && { signal }),
      }
      const { status, headers, text } = await exchange(wire, request, limits)
      const bytes = Buffer.from(text)
      return new ResponseContext(status, headers, {
        text: () => Promise.resolve(text),
        binary: () => Promise.resolve(bytes),
        stream: () => null,
      })
    },
  }
}
