/** How many requests the API server works on at once. Source: apiserver pkg/server/filters/maxinflight.go (without priority and fairness). */
import type { User } from './authentication/user.ts'
import { NO_SNIFF } from './handlers/document.ts'
import type { LabResponse, RequestInfo } from './request.ts'

/** 0 and undefined stand for any number. */
export interface InFlightLimits {
  /** Of requests that read. */
  readonly reading: number | undefined
  /** Of requests that change something. */
  readonly mutating: number | undefined
}

export interface InFlight {
  /** @returns what gives the place back, undefined if there is none. Watches need none, administrators get one always. */
  enter(info: RequestInfo, user: User): (() => void) | undefined
}

const READING: readonly string[] = ['get', 'list']

/** Not counted: they last. Source: kube-apiserver app/server.go (longRunningFunc). */
const LASTING: readonly string[] = ['watch', 'proxy']

/** @returns undefined where there is no limit at all. */
export function limitInFlight(limits: InFlightLimits): InFlight | undefined {
  if (!limits.reading && !limits.mutating) return undefined
  const taken = { reading: 0, mutating: 0 }
  return {
    enter: ({ verb }, { groups }) => {
      if (LASTING.includes(verb)) return free
      const kind = READING.includes(verb) ? 'reading' : 'mutating'
      const limit = limits[kind]
      if (!limit) return free
      if (taken[kind] >= limit) return groups.includes('system:masters') ? free : undefined
      taken[kind]++
      return () => {
        taken[kind]--
      }
    },
  }
}

function free(): void {
  // takes no place
}

export const tooManyRequests: LabResponse = {
  status: 429,
  headers: [['Content-Type', 'text/plain; charset=utf-8'], NO_SNIFF, ['Retry-After', '1']],
  body: Buffer.from('Too many requests, please try again later.\n'),
}
