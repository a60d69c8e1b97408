/** Faults in the place where they act: between the transport and the API server. */
import type { Clock } from '../../clock.ts'
import { msOf } from '../documents/fields.ts'
import { json, statusResponse } from '../json-response.ts'
import type { LabRequest, LabResponse } from '../request.ts'
import { expired, StatusError } from '../status.ts'
import type { Fault, FaultCode } from './fault.ts'
import { delayOf } from './match.ts'
import { cutAfter, silentAfter } from './streams.ts'

/** What a client gets: an answer, or a connection that is reset. */
export type WireAnswer = LabResponse | 'reset'

export interface FaultyExchange {
  readonly request: LabRequest
  readonly verb: string
  /** Asks the API server. */
  readonly answer: () => Promise<LabResponse>
  /** Told of a fault that answers in the API server's place, and its status; 0 for none. */
  readonly answered: (status: number) => void
  readonly restart: (options: { state: 'keep' | 'lose'; downMs: number }) => void
  readonly clock: Clock
}

/** Carries out a request under the faults that strike it. */
export async function answerUnderFaults(faults: readonly Fault[], exchange: FaultyExchange): Promise<WireAnswer> {
  const { request, clock } = exchange
  const delayMs = delayOf(faults)
  if (delayMs > 0) {
    try {
      await clock.sleep(delayMs, request.signal)
    } catch {
      exchange.answered(0)
      return 'reset' // the client did not wait
    }
  }
  let answer: WireAnswer | undefined
  for (const fault of faults) answer = await actOf(fault, answer, exchange)
  return answer ?? exchange.answer()
}

/** @param answer - as the faults before have left it; undefined while the API server has not been asked. */
async function actOf(
  fault: Fault,
  answer: WireAnswer | undefined,
  exchange: FaultyExchange,
): Promise<WireAnswer | undefined> {
  const { request, clock } = exchange
  switch (fault.fault) {
    case 'slow':
    case 'no-store': // the one who answers knows of it
      return answer
    case 'status': {
      exchange.answered(fault.code)
      return statusResponse(statusOf(fault, request.method))
    }
    case 'gone':
      return gone(exchange)
    case 'reset':
      if (fault.when === 'after') await exchange.answer()
      else exchange.answered(0)
      return 'reset'
    case 'restart':
      exchange.answered(0)
      exchange.restart({ state: fault.state, downMs: msOf(fault.down ?? '0s') })
      return 'reset'
    case 'date':
      return withDate(answer ?? (await exchange.answer()), new Date(clock.now().getTime() + msOf(fault.offset)))
    case 'cut':
      return streamed(answer ?? (await exchange.answer()), (body) =>
        cutAfter(body, msOf(fault.after), clock, request.signal),
      )
    case 'silence':
      return streamed(answer ?? (await exchange.answer()), (body) =>
        silentAfter(body, msOf(fault.after), clock, request.signal),
      )
  }
}

/** A list is refused; a watch begins, and the fault is its only event. */
function gone({ verb, answered }: FaultyExchange): LabResponse {
  const error = expired('The provided resourceVersion is too old: so the lab was told to answer.')
  answered(verb === 'watch' ? 200 : error.status)
  return verb === 'watch' ? json(200, { type: 'ERROR', object: error.object() }) : statusResponse(error)
}

function withDate(answer: WireAnswer, date: Date): WireAnswer {
  if (answer === 'reset') return answer
  return { ...answer, headers: [...answer.headers, ['Date', date.toUTCString()]] }
}

function streamed(
  answer: WireAnswer,
  change: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): WireAnswer {
  if (answer === 'reset' || answer.body instanceof Uint8Array) return answer
  return { ...answer, body: change(answer.body) }
}

/** Source: apimachinery pkg/apis/meta/v1/types.go (StatusReason). */
const reasons: Readonly<Record<FaultCode, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: '',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

function statusOf(fault: Fault & { fault: 'status' }, method: string): StatusError {
  const reason = fault.code === 409 && method === 'POST' ? 'AlreadyExists' : reasons[fault.code]
  const retryAfterSeconds = fault.retryAfter === undefined ? undefined : Math.ceil(msOf(fault.retryAfter) / 1000)
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }
  return new StatusError(fault.code, reason, fault.message ?? 'The lab was told to answer so.', details)
}
