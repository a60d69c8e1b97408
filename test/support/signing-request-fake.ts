import type {
  NewSigningRequest,
  SigningRequest,
  SigningRequestApi,
  SigningRequestEvent,
} from '../../src/csr/signing-request.ts'
import { CertletError } from '../../src/errors.ts'

/** What a test lets the server do. */
export interface Behaviour {
  /** Runs in place of the answer to the create of this number, from 1, once the object is stored or the name found taken. */
  afterCreate?: (attempt: number, objects: Map<string, SigningRequest>) => void
  /** What a watch tells, one after the other; then it hangs until the signal aborts. */
  events?: readonly SigningRequestEvent[]
}

/** A stored object. */
export function stored(request: NewSigningRequest, but: Partial<SigningRequest> = {}): SigningRequest {
  return { ...request, uid: 'u1', resourceVersion: '1', username: 'system:bootstrap:abcdef', conditions: [], ...but }
}

/** The certificates API in memory. */
export function signingRequestFake(
  behaviour: Behaviour = {},
): SigningRequestApi & { readonly objects: Map<string, SigningRequest>; readonly calls: string[] } {
  const objects = new Map<string, SigningRequest>()
  const calls: string[] = []
  let creates = 0

  async function* changes(_name: string, _from: string | undefined, signal: AbortSignal) {
    yield* behaviour.events ?? []
    await new Promise((_resolve, reject) => {
      const end = (): void => {
        reject(signal.reason as Error)
      }
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
    })
  }

  return {
    objects,
    calls,
    create: async (request) => {
      calls.push('create')
      const taken = objects.has(request.name)
      const made = stored(request, { uid: `u${++creates}` })
      if (!taken) objects.set(request.name, made)
      behaviour.afterCreate?.(creates, objects)
      if (taken) throw new CertletError('REQUEST_CONFLICT', 'taken')
      return Promise.resolve(made)
    },
    read: (name) => {
      calls.push('read')
      return Promise.resolve(objects.get(name))
    },
    changes,
  }
}
