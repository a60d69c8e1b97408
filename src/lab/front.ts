/** What stands between the transport and the API server: faults, and the record of every request. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { ApiServer, Exchange } from './api-server.ts'
import { answerUnderFaults, type FaultyExchange, type WireAnswer } from './faults/act.ts'
import type { Fault } from './faults/fault.ts'
import { type InFlight, tooManyRequests } from './in-flight.ts'
import { strike, type Tally, untouched } from './faults/match.ts'
import { type RequestRecord, seenOf } from './records/request-record.ts'
import { type LabRequest, type LabResponse, readRequestInfo } from './request.ts'

export interface FrontOptions {
  /** The one that answers now: a restart may put another in its place. */
  readonly api: () => ApiServer
  readonly faults: readonly Fault[]
  /** Undefined for any number. */
  readonly inFlight: InFlight | undefined
  readonly clock: Clock
  /** Draws a number in [0, 1). */
  readonly random: () => number
  readonly restart: FaultyExchange['restart']
  /** Told when the answer is known; of a watch, when it begins. */
  readonly onAnswered: (record: RequestRecord) => void
  /** Told when the answer is out; of a watch, when it has ended. */
  readonly onFinished: (record: RequestRecord) => void
}

export interface Front {
  /** The faults in force. */
  readonly faults: readonly Fault[]
  /** Puts others in their place; what they have struck so far is forgotten. */
  readonly setFaults: (faults: readonly Fault[]) => void
  /**
   * Lets a request from the network in whose body may still be on its way, if there is room for it.
   * @returns what is called once it is answered, or the answer for one that has to come again.
   */
  readonly enter: (head: LabRequest) => (() => void) | LabResponse
  /** Answers a request from the network. */
  readonly answer: (request: LabRequest) => WireAnswer | Promise<WireAnswer>
  /** Answers a request that comes over no network: faults of the wire do not strike it. */
  readonly answerInProcess: (request: LabRequest) => LabResponse
}

export function createFront(options: FrontOptions): Front {
  const { api, clock, random } = options
  let faults = options.faults
  let tallies: readonly Tally[] = []

  const setFaults = (list: readonly Fault[]): void => {
    faults = list
    tallies = list.map(() => untouched)
  }
  setFaults(faults)

  function struckBy(request: LabRequest): readonly Fault[] {
    const target = {
      method: request.method,
      info: readRequestInfo(request.method, request.path),
      user: () => api().requesterOf(request)?.name ?? '',
    }
    const struck = strike(faults, tallies, target, random)
    tallies = struck.tallies
    return struck.faults
  }

  function carryOut(request: LabRequest, receivedAt: Date): LabResponse {
    return recorded(request, receivedAt, api().exchange(request), [])
  }

  /** As the faults want it that strike the API server itself. */
  async function carryOutUnder(struck: readonly Fault[], request: LabRequest, receivedAt: Date): Promise<LabResponse> {
    const storeDown = struck.some(({ fault }) => fault === 'no-store')
    const exchange = api().exchange(request, { storeDown })
    // A client that does not wait is recorded all the same.
    if (exchange.afterMs !== undefined) await clock.sleep(exchange.afterMs, request.signal).catch(nothing)
    return recorded(request, receivedAt, exchange, struck)
  }

  function recorded(request: LabRequest, receivedAt: Date, exchange: Exchange, struck: readonly Fault[]): LabResponse {
    const { response, info, user } = exchange
    const seen = seenOf(request, info, { status: response.status, user: user?.name, faults: struck })
    const auditId = randomUUID()
    const record = { request, info, receivedAt, auditId, seen, exchange }
    options.onAnswered(record)
    const identified: LabResponse = { ...response, headers: [...response.headers, ['Audit-Id', auditId]] }
    return whenFinished(identified, () => {
      options.onFinished(record)
    })
  }

  function answer(request: LabRequest): WireAnswer | Promise<WireAnswer> {
    const receivedAt = clock.now()
    const struck = faults.length === 0 ? [] : struckBy(request)
    if (struck.length === 0) return carryOut(request, receivedAt)
    const info = readRequestInfo(request.method, request.path)
    return answerUnderFaults(struck, {
      request,
      verb: info.verb,
      clock,
      restart: options.restart,
      answer: () => carryOutUnder(struck, request, receivedAt),
      answered: (status) => {
        const user = api().requesterOf(request)?.name
        const seen = seenOf(request, info, { status, user, faults: struck })
        const record = { request, info, receivedAt, auditId: randomUUID(), seen }
        options.onAnswered(record)
        options.onFinished(record)
      },
    })
  }

  function enter(head: LabRequest): (() => void) | LabResponse {
    if (!options.inFlight) return nothing
    const info = readRequestInfo(head.method, head.path)
    const user = api().userOf(head)
    const leave = user ? options.inFlight.enter(info, user) : nothing
    if (leave) return leave
    return recorded(head, clock.now(), { response: tooManyRequests, info, ...(user && { user, requester: user }) }, [])
  }

  return {
    enter,
    get faults() {
      return faults
    },
    setFaults,
    answer,
    answerInProcess: (request) => carryOut(request, clock.now()),
  }
}

/** Calls `finished` at once for a whole body, at the end of a stream otherwise. */
function whenFinished(response: LabResponse, finished: () => void): LabResponse {
  const { body } = response
  if (body instanceof Uint8Array) {
    finished()
    return response
  }
  async function* chunks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* stream
    } finally {
      finished()
    }
  }
  return { ...response, body: chunks(body) }
}

function nothing(): void {
  // nothing has to be given back, nobody waits
}
