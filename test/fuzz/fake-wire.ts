import { KubeConfig } from '@kubernetes/client-node'
import { jsonText } from './inputs.ts'
import { CertletError } from '../../src/errors.ts'
import { type Connection, connectionOver } from '../../src/kube/connection.ts'
import type { Wire } from '../../src/kube/wire.ts'
import type { Clock } from '../../src/clock.ts'

/** Pauses between tries take no time; what should not come to its end (the limit of a watch) does not. */
const clock: Clock = {
  now: () => new Date(0),
  sleep: (ms, signal) =>
    ms <= 60_000
      ? Promise.resolve()
      : new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error)
          })
        }),
}

/** What a server says, whatever it was asked. */
export interface Said {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly chunks: readonly Uint8Array[] | AsyncIterable<Uint8Array>
}

/** A wire to a server whose answers are given, one for each request; the last one goes on. Its time does not pass. */
export function wireOf(answers: readonly Said[]): Wire {
  const left = [...answers]
  return {
    clockSkewMs: undefined,
    open: ({ signal }) => {
      signal?.throwIfAborted()
      const { status, headers = {}, chunks } = (left.length > 1 ? left.shift() : left[0]) ?? { status: 500, chunks: [] }
      return Promise.resolve({ status, headers, body: each(chunks, signal), replaced: new AbortController().signal })
    },
    openAhead: () => ({ [Symbol.dispose]: () => undefined }),
    explain: () => Promise.resolve(new CertletError('API_UNREACHABLE', 'The connection broke')),
    refresh: () => Promise.resolve(),
    retire: () => undefined,
    close: () => undefined,
  }
}

async function* each(chunks: Said['chunks'], signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    yield chunk
  }
}

/** A connection over such a wire. What could be tried again is not: the third failure ends it. */
export function connectionSaying(answers: readonly Said[]): Connection & { readonly signal: AbortSignal } {
  const stop = new AbortController()
  let failures = 0
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server: 'https://api.example:6443', skipTLSVerify: false },
    { name: 'u', token: 'abcdef.0123456789abcdef' },
  )
  const onProblem = (problem: CertletError): void => {
    if (++failures === 3) stop.abort(problem)
  }
  const connection = connectionOver(wireOf(answers), kubeConfig, { clock, random: () => 0, onProblem })
  return Object.assign(connection, { signal: stop.signal })
}

/** A whole answer in JSON. */
export function saidJson(value: unknown, status = 200): Said {
  return { status, headers: { 'content-type': 'application/json' }, chunks: [Buffer.from(jsonText(value))] }
}
