import { useEffect, useState } from 'preact/hooks'
import type { RequestSummary, SettingsView, Update } from '../protocol.ts'

/** What the page knows; `turn` counts the changes. */
export interface Known {
  readonly turn: number
  /** `lost`: the lab does not answer and is tried again; `ended`: another one answers, or nobody who knows us. */
  readonly connection: 'opening' | 'live' | 'lost' | 'ended'
  readonly requests: ReadonlyMap<string, RequestSummary>
  readonly nodes: number
  readonly tokens: number
  readonly settings: SettingsView | undefined
}

export interface Store {
  readonly known: Known
  subscribe(listener: () => void): () => void
}

/** Follows the lab's stream. */
export function openStore(): Store {
  const requests = new Map<string, RequestSummary>()
  const listeners = new Set<() => void>()
  let known: Known = { turn: 0, connection: 'opening', requests, nodes: 0, tokens: 0, settings: undefined }
  const change = (parts: Partial<Known>): void => {
    known = { ...known, ...parts, turn: known.turn + 1 }
    for (const listener of listeners) listener()
  }
  const source = new EventSource('api/events')
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    const update = JSON.parse(data) as Update
    if (update.reset) requests.clear()
    for (const name of update.gone) requests.delete(name)
    for (const request of update.requests) requests.set(request.name, request)
    const { nodes, tokens, settings = known.settings } = update
    change({ connection: 'live', nodes, tokens, settings })
  })
  source.addEventListener('error', () => {
    change({ connection: source.readyState === EventSource.CLOSED ? 'ended' : 'lost' })
  })
  return {
    get known() {
      return known
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** What is known, anew at each change. */
export function useKnown(store: Store): Known {
  const [known, setKnown] = useState(store.known)
  useEffect(() => {
    const take = (): void => {
      setKnown(store.known)
    }
    take() // what has come since the first drawing
    return store.subscribe(take)
  }, [store])
  return known
}
