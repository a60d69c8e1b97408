/** The form of a suite: a YAML or JSON document with cases. The published JSON Schema is made from this. */
import {
  array,
  description,
  exactOptional,
  integer,
  type InferOutput,
  maxLength,
  maxValue,
  minLength,
  minValue,
  number,
  picklist,
  pipe,
  record,
  regex,
  strictObject,
  string,
} from 'valibot'
import { approvalSettings, signingSettings } from '../lab/settings.ts'
import { expectation } from './expectation.ts'
import { identity } from './identity.ts'
import { requestDescription } from './request-description.ts'

/** Most copies of one case. */
const MOST_COPIES = 5000

const name = pipe(
  string(),
  maxLength(63, 'a name has at most 63 characters'),
  regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a name is of a-z, 0-9 and "-", and neither begins nor ends with "-"'),
)
const sentence = pipe(string(), minLength(1, 'a sentence is wanted here'))

/** One request, and what is to become of it. */
export const probeCase = strictObject({
  name: pipe(name, description('names the case in reports; unique in its suite')),
  why: pipe(sentence, description('a sentence on the attack or the mistake that it stands for')),
  source: exactOptional(
    pipe(sentence, description('where that comes from: an advisory, an issue, a file of Kubernetes')),
  ),
  as: exactOptional(identity),
  request: exactOptional(
    pipe(requestDescription, description('what differs from the request of a kubelet, or from the suite’s defaults')),
  ),
  expect: exactOptional(
    pipe(expectation, description('what is expected; what the policy of --approver would do, unless set')),
  ),
  expectFor: exactOptional(
    pipe(
      record(string(), expectation),
      description(
        'what is expected instead where --approver names this policy: none, stock, strict-serving, or a file’s',
      ),
    ),
  ),
  copies: exactOptional(
    pipe(
      number(),
      integer(),
      minValue(1),
      maxValue(MOST_COPIES),
      description(
        'how many of the same are sent at once, each with a key of its own unless keyOf is set; 1 unless set',
      ),
    ),
  ),
  after: exactOptional(
    pipe(string(), description('name of a case before this one, whose verdict is waited for before this is sent')),
  ),
  deleteWhen: exactOptional(
    pipe(picklist(['created', 'approved']), description('the probe deletes the request when it is that far')),
  ),
  lab: exactOptional(
    pipe(
      strictObject({ approval: exactOptional(approvalSettings), signing: exactOptional(signingSettings) }),
      description('how a lab approves and signs meanwhile; such a case is run alone, and left out on a cluster'),
    ),
  ),
})

export const suite = strictObject({
  name: pipe(name, description('name of the suite')),
  describe: pipe(sentence, description('what the suite is about')),
  defaults: exactOptional(
    pipe(
      strictObject({ as: exactOptional(identity), request: exactOptional(requestDescription) }),
      description('for what the cases leave out'),
    ),
  ),
  cases: pipe(array(probeCase), minLength(1, 'a suite has at least one case')),
})

export type ProbeCase = InferOutput<typeof probeCase>
export type Suite = InferOutput<typeof suite>
