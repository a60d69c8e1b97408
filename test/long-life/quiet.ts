import { createHook } from 'node:async_hooks'
import { connections, type TcpHandle } from './connections.ts'

/** Turns of the event loop in which nothing may happen, after something did, before it counts as quiet. */
const QUIET_TURNS = 2

/** A connection of which only one end is left, and that end does not notice, is not waited for longer than this, ms. */
const PATIENCE_MS = 1_000

/** Knows when nothing happens in this process any more but sleep. */
export interface Quiet extends Disposable {
  /** Resolves when it is quiet. */
  settle(): Promise<void>
  /** Ends of connections that are open. */
  readonly sockets: number
  /** How often quiet was taken for granted, after a second in which nothing happened although something was under way. */
  readonly impatient: number
}

/** What of Node's asynchronous resources is looked at; of the others only that they are. */
type Kind = 'promise' | 'socket' | 'job' | 'other'

function kindOf(type: string): Kind {
  if (type === 'PROMISE') return 'promise'
  if (type === 'TCPWRAP') return 'socket'
  return /^FSREQ|CONNECTWRAP$|^(?!HTTP|TLS).*REQUEST$/.test(type) ? 'job' : 'other'
}

/**
 * Node's own hooks tell of each callback and of each job of the thread pool; what is on its way between two sockets is known by what
 * their ends have written and read. A busy machine takes its time for both.
 */
export function quietProcess(): Quiet {
  /** Callbacks that were called, and what was begun. */
  let happenings = 0
  let impatient = 0
  const kinds = new Map<string, Kind>()
  const promises = new Set<number>()
  /** Of the thread pool, by id. */
  const jobs = new Map<number, object>()
  const sockets = connections()
  const options = {
    // Unknown to older Nodes, which then tell of each promise.
    trackPromises: false,
    init: (id: number, type: string, _trigger: number, resource: object) => {
      let kind = kinds.get(type)
      if (kind === undefined) kinds.set(type, (kind = kindOf(type)))
      if (kind === 'promise') promises.add(id)
      else happenings++
      if (kind === 'socket') sockets.add(id, resource as TcpHandle)
      if (kind === 'job') jobs.set(id, resource)
    },
    before: (id: number) => {
      if (!promises.has(id)) happenings++
    },
    after: (id: number) => {
      jobs.delete(id)
    },
    destroy: (id: number) => {
      promises.delete(id)
      jobs.delete(id)
      sockets.remove(id)
    },
  }
  const hook = createHook(options).enable()

  /** What was done at once, without the thread pool, has nobody who is told of its end. */
  const working = (): boolean => {
    for (const [id, job] of jobs) {
      if ('ondone' in job || 'oncomplete' in job || job.constructor.name === 'FSReqPromise') return true
      jobs.delete(id)
    }
    return false
  }

  /** One turn of the event loop. @returns whether anything happened in it, or since the last one. */
  let seen = 0
  const turn = async (): Promise<boolean> => {
    await new Promise((resolve) => setImmediate(resolve))
    const eventful = happenings > seen + 2 // that this turn is begun, and called back
    seen = happenings
    return eventful
  }

  return {
    settle: async () => {
      if (!(await turn())) return // whoever was woken has only turned over
      let last = performance.now()
      for (let quiet = 0; quiet < QUIET_TURNS;) {
        if (await turn()) {
          quiet = 0
          last = performance.now()
        } else if (!working() && !sockets.busy()) quiet++
        else if (performance.now() - last < PATIENCE_MS) quiet = 0
        else {
          impatient++
          return
        }
      }
    },
    get sockets() {
      return sockets.size
    },
    get impatient() {
      return impatient
    },
    [Symbol.dispose]: () => {
      hook.disable()
    },
  }
}
