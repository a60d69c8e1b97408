/** A policy that somebody writes down: what their own approver is to do. */
import {
  array,
  exactOptional,
  type GenericSchema,
  lazy,
  picklist,
  pipe,
  regex,
  strictObject,
  string,
  transform,
} from 'valibot'
import { type ApprovalRule, approvalRule, matchingRule } from '../../lab/controllers/approval-rules.ts'
import { readDocument } from '../../lab/documents/document.ts'
import type { Policy } from '../policy.ts'
import type { Asked } from './asked.ts'
import { type Decide, type Decision, policyOf } from './policy-of.ts'
import { decideAsStock, decideNothing } from './stock.ts'
import { decideStrictly } from './strict-serving.ts'

/** Who decides where no rule matches. */
const deciders = {
  none: decideNothing,
  stock: decideAsStock,
  'strict-serving': decideStrictly,
  deny: (): Decision => ({ do: 'deny', because: 'the policy denies what no rule is about' }),
} as const satisfies Record<string, Decide>

interface WrittenPolicy {
  readonly name?: string
  readonly describe?: string
  /** `stock` unless set. */
  readonly otherwise?: keyof typeof deciders
  /** The first that matches decides; as those of `certlet lab --approval-rules`. */
  readonly rules: readonly ApprovalRule[]
}

const written: GenericSchema<unknown, WrittenPolicy> = strictObject({
  name: exactOptional(pipe(string(), regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a name is of a-z, 0-9 and "-"'))),
  describe: exactOptional(string()),
  otherwise: exactOptional(picklist(['none', 'stock', 'strict-serving', 'deny'])),
  rules: array(approvalRule),
})

/** A list of rules alone does as well, so that a lab and a probe can be given the same file. */
const policyDocument = lazy((document) =>
  Array.isArray(document)
    ? pipe(
        array(approvalRule),
        transform((rules): WrittenPolicy => ({ rules })),
      )
    : written,
)

/**
 * @param text - YAML or JSON.
 * @param path - names the document in messages, and the policy where it has no name of its own.
 * @throws DocumentError naming line and field.
 */
export function readPolicy(text: string, path: string): Policy {
  const { name = nameOf(path), describe, otherwise = 'stock', rules } = readDocument(policyDocument, text, path)
  const inWords = describe ?? `the rules of ${path}, and where none of them matches: ${otherwise}`
  return policyOf(name, inWords, (asked) => byRules(rules, asked) ?? deciders[otherwise](asked))
}

/** `policies/acme.yaml` is the policy `acme`. */
function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.[^.]+$/, '')
}

function byRules(rules: readonly ApprovalRule[], { csr, request }: Asked): Decision | undefined {
  const rule = matchingRule(rules, csr, request)
  if (rule === undefined) return undefined
  const { reason, message } = rule
  const because = `rule ${rules.indexOf(rule) + 1} of the policy`
  const words = { because, ...(reason !== undefined && { reason }), ...(message !== undefined && { message }) }
  switch (rule.verdict) {
    case 'approve':
      return { do: 'approve', ...words }
    case 'deny':
      return { do: 'deny', ...words }
    case 'ignore':
      return { do: 'leave', because }
  }
}
