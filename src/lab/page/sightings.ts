import type { SeenRequest } from '../records/request-record.ts'

/** When nodes and tokens made requests. */
export interface Sighting {
  readonly at: number
  readonly requests: number
}

export interface Sightings {
  note(request: SeenRequest, now: Date): void
  /** @param user - such as `system:node:n1`. */
  of(user: string): Sighting | undefined
}

/** More users than these are not kept apart; the one that was not seen for longest is forgotten. */
const MOST = 10_000

export function createSightings(most = MOST): Sightings {
  const users = new Map<string, Sighting>()
  return {
    note: ({ user }, now) => {
      if (!/^system:(node|bootstrap):/.test(user)) return
      const requests = (users.get(user)?.requests ?? 0) + 1
      users.delete(user) // so that it comes last
      users.set(user, { at: now.getTime(), requests })
      const [oldest] = users.size > most ? users.keys() : []
      if (oldest !== undefined) users.delete(oldest)
    },
    of: (user) => users.get(user),
  }
}
