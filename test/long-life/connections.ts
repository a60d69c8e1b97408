/** A TCP handle of Node's, as far as it is looked at here. Its numbers are undefined once it is closed. */
export interface TcpHandle {
  readonly bytesRead: number | undefined
  readonly bytesWritten: number | undefined
  getsockname(out: Partial<Address>): number
  getpeername(out: Partial<Address>): number
}

interface Address {
  readonly port: number
}

/** The connections of this process with itself. */
export interface Connections {
  add(id: number, handle: TcpHandle): void
  remove(id: number): void
  /** Whether something is on its way from one end to the other: bytes, a connection that is not accepted yet, or the news of its end. */
  busy(): boolean
  /** Ends that are open. */
  readonly size: number
}

export function connections(): Connections {
  const handles = new Map<number, TcpHandle>()
  /** The two ends of a connection have the same two ports, the other way round. */
  const ends = new Map<TcpHandle, { own: string; other: string }>()

  const endOf = (handle: TcpHandle): { own: string; other: string } | undefined => {
    const known = ends.get(handle)
    if (known) return known
    const [local, remote]: Partial<Address>[] = [{}, {}]
    if (!local || !remote || handle.getsockname(local) !== 0 || handle.getpeername(remote) !== 0) return undefined
    if (local.port === undefined || remote.port === undefined) return undefined
    const end = { own: `${local.port}-${remote.port}`, other: `${remote.port}-${local.port}` }
    ends.set(handle, end)
    return end
  }

  return {
    add: (id, handle) => {
      handles.set(id, handle)
    },
    remove: (id) => {
      const handle = handles.get(id)
      if (handle) ends.delete(handle)
      handles.delete(id)
    },
    busy: () => {
      const live = new Map<string, TcpHandle>()
      for (const handle of handles.values()) {
        const end = handle.bytesRead === undefined ? undefined : endOf(handle)
        if (end) live.set(end.own, handle)
      }
      for (const handle of live.values()) {
        const other = live.get(ends.get(handle)?.other ?? '')
        if (other?.bytesRead !== handle.bytesWritten) return true
      }
      return false
    },
    get size() {
      return ends.size
    },
  }
}
