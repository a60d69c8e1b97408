/** What can go wrong at the wire on purpose: the closed list of faults, and how people write them. */
import { array, exactOptional, type GenericSchema, integer, literal, minValue, number, picklist } from 'valibot'
import { pipe, strictObject, string, variant } from 'valibot'
import { type ListReader, readDocument, readValue } from '../documents/document.ts'
import { duration, oneOrMore, share, signedDuration } from '../documents/fields.ts'
import type { Pattern } from '../documents/pattern.ts'

/** Which requests a fault strikes: all that are given must fit; what is left out fits every request. */
export interface FaultScope {
  /** `GET`, `POST`, … */
  readonly method?: Pattern
  /** The path without its query. */
  readonly path?: Pattern
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the method in lower case where no resource is meant. */
  readonly verb?: Pattern
  /** Plural name, with a subresource as in `certificatesigningrequests/approval`. */
  readonly resource?: Pattern
  /** Of the object, where the request names one. */
  readonly name?: Pattern
  /** Name of the user, `system:anonymous` without credentials, empty where the credentials are refused. */
  readonly user?: Pattern
  /** Probability for each request; 1 unless set. */
  readonly share?: number
  /** So many fitting requests are spared first. */
  readonly skip?: number
  /** Ends after so many strikes; never unless set. */
  readonly count?: number
}

/** Durations are texts like `90s`, `500ms`. */
export type FaultAct =
  /** Answers with a status in place of the API server. */
  | { readonly fault: 'status'; readonly code: FaultCode; readonly retryAfter?: string; readonly message?: string }
  /** Lists and watches are told that their resourceVersion is too old: 410, for a watch as its only event. */
  | { readonly fault: 'gone' }
  /** Answers late. */
  | { readonly fault: 'slow'; readonly delay: string }
  /** The connection is reset: `before` the request is carried out, or `after`, so that only the answer is lost. */
  | { readonly fault: 'reset'; readonly when: 'before' | 'after' }
  /** A watch breaks off. */
  | { readonly fault: 'cut'; readonly after: string }
  /** A watch stays open and tells nothing more. */
  | { readonly fault: 'silence'; readonly after: string }
  /** The API server ends all connections and starts again after a while (at once unless set), with its objects or without. */
  | { readonly fault: 'restart'; readonly state: 'keep' | 'lose'; readonly down?: string }
  /** The API server's store does not answer: what needs it runs into the time limit, health checks fail, caches and watches go on. */
  | { readonly fault: 'no-store' }
  /** The `Date` header is off, by `-10m` for example. */
  | { readonly fault: 'date'; readonly offset: string }

/** One fault: whom it strikes, and what happens to them. */
export type Fault = FaultScope & FaultAct

export const FAULT_CODES = [401, 403, 404, 409, 429, 500, 502, 503, 504] as const
export type FaultCode = (typeof FAULT_CODES)[number]

const natural = pipe(number(), integer('this is no whole number'), minValue(0, 'this is less than 0'))

const scope = {
  method: exactOptional(oneOrMore),
  path: exactOptional(oneOrMore),
  verb: exactOptional(oneOrMore),
  resource: exactOptional(oneOrMore),
  name: exactOptional(oneOrMore),
  user: exactOptional(oneOrMore),
  share: exactOptional(share),
  skip: exactOptional(natural),
  count: exactOptional(natural),
}

/** A list of faults as people write it. */
export const faultList: GenericSchema<unknown, readonly Fault[]> = array(
  variant('fault', [
    strictObject({
      ...scope,
      fault: literal('status'),
      code: picklist(FAULT_CODES),
      retryAfter: exactOptional(duration),
      message: exactOptional(string()),
    }),
    strictObject({ ...scope, fault: literal('gone') }),
    strictObject({ ...scope, fault: literal('slow'), delay: duration }),
    strictObject({ ...scope, fault: literal('reset'), when: picklist(['before', 'after']) }),
    strictObject({ ...scope, fault: literal('cut'), after: duration }),
    strictObject({ ...scope, fault: literal('silence'), after: duration }),
    strictObject({
      ...scope,
      fault: literal('restart'),
      state: picklist(['keep', 'lose']),
      down: exactOptional(duration),
    }),
    strictObject({ ...scope, fault: literal('no-store') }),
    strictObject({ ...scope, fault: literal('date'), offset: signedDuration }),
  ]),
)

/**
 * Reads a list of faults, YAML or JSON.
 * @param name - what the text is called in messages: its path.
 * @throws DocumentError naming line and field.
 */
export const readFaults: ListReader<Fault> = (text, name) => readDocument(faultList, text, name)

/** The same for a list that was read already. @throws DocumentError naming the field */
export const checkFaults = (value: unknown): readonly Fault[] => readValue(faultList, value, 'faults')
