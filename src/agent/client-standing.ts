import { backoffMs } from '../backoff.ts'
import type { AgentContext } from './context.ts'
import type { Standing } from './next-step.ts'

/** How often the API server is asked whether it still accepts the credential, ms; each time half of it to one and a half. */
const PROOF_EVERY_MS = 30 * 60_000

/** What the API server said last of the credential in use, and when it is to be asked again. */
export interface ClientStanding {
  readonly accepted: boolean
  readonly kind: Standing['kind']
  /** When to ask again. */
  readonly again: Date
  /** What a decision about this certificate goes by: unasked, if nothing was heard of it or what was heard is too old. */
  of(certificatePem: string): Standing
  /** The API server was asked. */
  heard(standing: Standing, certificatePem: string): void
  /** What was heard is in doubt: it is to be asked at the next look. */
  doubt(): void
  /** How long to wait before a server that refuses the credential is asked once more, ms: ever longer. */
  patienceMs(): number
}

/** @param changed - called when there is other news than before. */
export function clientStanding(
  { clock, random }: Pick<AgentContext, 'clock' | 'random'>,
  changed: () => void,
): ClientStanding {
  let standing: Standing = { kind: 'unasked' }
  let about = ''
  let again = 0
  let refusals = 0

  const heard = (next: Standing, certificatePem: string): void => {
    const news = standing.kind !== next.kind
    standing = next
    about = certificatePem
    again = clock.now().getTime() + Math.round(PROOF_EVERY_MS * (0.5 + random()))
    if (next.kind === 'accepted') refusals = 0
    if (news) changed()
  }

  return {
    get accepted() {
      return standing.kind === 'accepted'
    },
    get kind() {
      return standing.kind
    },
    get again() {
      return new Date(again)
    },
    of: (certificatePem) => {
      if (certificatePem !== about && standing.kind !== 'unasked') heard({ kind: 'unasked' }, certificatePem)
      const old = standing.kind === 'accepted' && clock.now().getTime() >= again
      return old ? { kind: 'unasked' } : standing
    },
    heard,
    doubt: () => {
      again = 0
    },
    patienceMs: () => backoffMs(++refusals, random()),
  }
}
