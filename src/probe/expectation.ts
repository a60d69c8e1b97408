/** What a case expects to become of its request. */
import {
  array,
  boolean,
  description,
  exactOptional,
  type InferOutput,
  integer,
  maxValue,
  minValue,
  number,
  picklist,
  pipe,
  strictObject,
  string,
  union,
} from 'valibot'
import { duration, oneOrMore } from '../lab/documents/fields.ts'

/** How a request may end. Of those after which more may come, `approved` is one without a certificate, `pending` one without a decision. */
export const VERDICTS = ['issued', 'approved', 'denied', 'failed', 'pending', 'rejected', 'gone'] as const
export type VerdictName = (typeof VERDICTS)[number]

const verdictName = pipe(
  picklist(VERDICTS),
  description(
    'issued: approved, and a certificate is there; approved: approved, without a certificate; denied: by an approver; failed: refused by the signer; pending: no decision in the time of --pending-after; rejected: by the API server; gone: deleted',
  ),
)

const texts = array(string())

const certificateExpectation = strictObject({
  commonName: exactOptional(string()),
  organizations: exactOptional(texts),
  dnsNames: exactOptional(pipe(texts, description('exactly these, in any order'))),
  ipAddresses: exactOptional(pipe(texts, description('exactly these, in any order'))),
  emails: exactOptional(texts),
  uris: exactOptional(texts),
  usages: exactOptional(
    pipe(texts, description('exactly these, as in spec.usages: key usages and extended ones together')),
  ),
  lifetime: exactOptional(
    pipe(
      strictObject({ atLeast: exactOptional(duration), atMost: exactOptional(duration) }),
      description('from the beginning of validity to its end'),
    ),
  ),
  ca: exactOptional(pipe(boolean(), description('whether it is a CA; false is expected unless this says otherwise'))),
  lacks: exactOptional(pipe(texts, description('object identifiers of extensions that must not be there'))),
  certificates: exactOptional(
    pipe(number(), integer(), minValue(1), description('how many there are in status.certificate')),
  ),
  wrong: exactOptional(
    pipe(
      oneOrMore,
      description(
        'what must be wrong with it, by pattern, of what is otherwise held against it: another key, a CA, dates, something that is no certificate',
      ),
    ),
  ),
})

/** An expectation as a suite says it. */
export const expectation = union([
  verdictName,
  strictObject({
    verdict: pipe(union([verdictName, array(verdictName)]), description('one, or several of which any will do')),
    status: exactOptional(
      pipe(number(), integer(), minValue(400), maxValue(599), description('of a rejection: the HTTP status')),
    ),
    reason: exactOptional(
      pipe(oneOrMore, description('of the condition or rejection, by pattern: * stands for anything')),
    ),
    message: exactOptional(
      pipe(oneOrMore, description('of the condition or rejection, by pattern: * stands for anything')),
    ),
    after: exactOptional(
      pipe(duration, description('how long no decision must come for pending, instead of --pending-after')),
    ),
    certificate: exactOptional(
      pipe(certificateExpectation, description('properties of the certificate; needs the verdict issued')),
    ),
  }),
])

export type WrittenExpectation = InferOutput<typeof expectation>
export type CertificateExpectation = InferOutput<typeof certificateExpectation>

/** An expectation in one form. */
export interface Expectation {
  /** Any of these will do. */
  readonly verdicts: readonly VerdictName[]
  readonly status?: number
  readonly reason?: string | readonly string[]
  readonly message?: string | readonly string[]
  readonly after?: string
  readonly certificate?: CertificateExpectation
  /** Why, in words; where a policy says so. */
  readonly because?: string
}

export function expectationOf(written: WrittenExpectation): Expectation {
  if (typeof written === 'string') return { verdicts: [written] }
  const { verdict, ...rest } = written
  return { verdicts: typeof verdict === 'string' ? [verdict] : verdict, ...rest }
}
