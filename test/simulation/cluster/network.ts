import type { RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Connect } from '../../../src/kube/connection.ts'
import type { OpenResponse, Wire } from '../../../src/kube/wire.ts'
import { takeTimeout } from '../machine/machine.ts'
import type { Process } from '../machine/process.ts'
import type { Random } from '../random.ts'
import type { Variant } from '../variant.ts'
import { answer, type Arrival, encode, isProof, type Watch } from './api.ts'
import type { Cluster } from './cluster.ts'
import { Stream } from './stream.ts'

export const SERVER = 'https://api.simulated:6443'

/** Who watches what goes over the network. */
export interface Tap {
  /** A request has arrived at the server. */
  arrived(process: Process, arrival: Arrival): void
  /** The answer to a request has arrived at the process. */
  answered(process: Process, arrival: Arrival, status: number): void
}

/** Connects a process to the API server, by a network that loses things. */
export function networkOf(
  process: Process,
  { cluster, random, tap, variant }: { cluster: Cluster; random: Random; tap: Tap; variant: Variant },
): Connect {
  const unreachable = (): Error =>
    new variant.CertletError('API_UNREACHABLE', `Cannot reach ${SERVER}: the simulation says so`)
  return (kubeConfig, retry) => variant.connectionOver(wireOf(kubeConfig), kubeConfig, retry)

  function wireOf(kubeConfig: KubeConfig): Wire {
    const { machine } = process
    const { link, timeline } = machine
    const closed = new AbortController()
    let replaced = new AbortController()
    let material = ''
    let clockSkewMs: number | undefined
    const latency = (): number => link.latencyMs * (0.5 + random.next())

    return {
      get clockSkewMs() {
        return clockSkewMs
      },
      open: async ({ method, url, headers = {}, body, signal }) => {
        const inTime = takeTimeout()
        signal?.throwIfAborted()
        const options: RequestOptions = {}
        await kubeConfig.applyToHTTPSOptions(options)
        machine.message(process)
        material = `${String(options.cert)}${String(options.ca)}`
        const sent = { ...headers, ...(options.headers as object) } as Record<string, string>
        const { pathname, searchParams } = new URL(url)
        const arrival: Arrival = {
          ...{ method, path: pathname, query: searchParams, body, from: machine.name },
          token: /^Bearer (.*)$/.exec(sent['Authorization'] ?? '')?.[1],
          certificate: options.cert === undefined ? undefined : String(options.cert),
        }
        const { promise, resolve, reject } = Promise.withResolvers<OpenResponse>()
        const line = replaced.signal
        const entry = timeline.after(latency(), process, () => {
          try {
            const response = exchange(arrival, options, line, signal)
            if (response) resolve(response)
          } catch (error) {
            reject(error)
          }
        })
        const gone = (): void => {
          entry.gone = true
          reject(signal?.reason as Error)
        }
        signal?.addEventListener('abort', gone, { once: true })
        return promise.finally(() => {
          signal?.removeEventListener('abort', gone)
          inTime()
        })
      },
      openAhead: () => ({ [Symbol.dispose]: () => undefined }),
      explain: () => Promise.resolve(unreachable() as InstanceType<Variant['CertletError']>),
      refresh: async () => {
        const options: RequestOptions = {}
        await kubeConfig.applyToHTTPSOptions(options)
        if (`${String(options.cert)}${String(options.ca)}` === material) return
        replaced.abort()
        replaced = new AbortController()
      },
      retire: () => {
        replaced.abort()
      },
      close: () => {
        closed.abort()
      },
    }

    /** @returns undefined if nothing comes back. */
    function exchange(
      arrival: Arrival,
      options: RequestOptions,
      line: AbortSignal,
      signal: AbortSignal | undefined,
    ): OpenResponse | undefined {
      if (link.down || cluster.conduct.down) throw unreachable()
      if (!String(options.ca).includes(cluster.servingCa.certificatePem.trim())) {
        throw new variant.CertletError('API_CA_MISMATCH', `Cannot reach ${SERVER} safely: another CA`)
      }
      if (random.chance(link.lostRequests)) return undefined
      tap.arrived(process, arrival)
      const answered = answer(cluster, arrival, random)
      if (random.chance(link.lostAnswers)) {
        if (random.chance(0.5)) throw unreachable()
        return undefined
      }
      machine.message(process)
      clockSkewMs = Math.floor(cluster.wall() / 1000) * 1000 - machine.wall()
      if ('watch' in answered) {
        const body = watchOf(answered.watch, AbortSignal.any([closed.signal, ...(signal ? [signal] : [])]))
        return { status: 200, headers: {}, body, replaced: line }
      }
      tap.answered(process, arrival, answered.status)
      const headers = {
        'content-type': 'application/json',
        ...(answered.retryAfter !== undefined && { 'retry-after': String(answered.retryAfter) }),
      }
      const body = Stream.of(JSON.stringify(answered.body))
      return { status: answered.status, headers, body, replaced: line }
    }

    /** What a watch tells at once; undefined if that is not known any more. */
    function missedBy({
      name,
      from,
    }: Watch): readonly { object: Parameters<typeof encode>[0] | undefined }[] | undefined {
      if ('version' in from) return cluster.changesSince(name, from.version)
      const object = cluster.read(name, from.behindMs)
      const since = cluster.changesSince(name, cluster.versionAt(from.behindMs))
      return since && [...(object ? [{ object }] : []), ...since]
    }

    function watchOf(watch: Watch, signal: AbortSignal): Stream {
      const { name, seconds } = watch
      const stream = new Stream(signal)
      const silent = random.chance(link.silentWatches)
      const deliver = (act: () => void): void => {
        const entry = timeline.after(latency(), process, act)
        const forgetIt = (): void => {
          entry.gone = true
        }
        signal.addEventListener('abort', forgetIt, { once: true })
      }
      const say = (type: string, object: object): void => {
        deliver(() => {
          stream.push(`${JSON.stringify({ type, object })}\n`)
          if (random.chance(link.cutWatches)) stream.cut()
        })
      }
      const tell = (change: { object: Parameters<typeof encode>[0] | undefined }): void => {
        if (silent || link.down) return
        if (change.object) say('MODIFIED', encode(change.object))
        else say('DELETED', { metadata: { name, uid: 'gone', resourceVersion: '0' }, spec: { request: '' } })
      }
      const missed = missedBy(watch)
      if (!missed) say('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })
      missed?.forEach(tell)
      const unsubscribe = cluster.onChange((change) => {
        if (change.name === name) tell(change)
      })
      const cutNow = (): void => {
        stream.cut()
      }
      const cut = (): void => {
        if (process.alive) timeline.after(0, process, cutNow)
      }
      cluster.watchers.add(cut)
      const over = timeline.after(seconds * 1000, process, () => {
        stream.end()
      })
      const forget = (): void => {
        over.gone = true
        unsubscribe()
        cluster.watchers.delete(cut)
      }
      if (silent) over.gone = true
      signal.addEventListener('abort', forget, { once: true })
      stream.onEnd = forget
      process.endings.push(forget)
      return stream
    }
  }
}

export { isProof }
