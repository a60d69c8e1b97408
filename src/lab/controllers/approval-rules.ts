/** Rules of a laboratory's own approver: which requests are approved or denied, when, and with what words. */
import ipaddr from 'ipaddr.js'
import { array, check, exactOptional, picklist, pipe, string, strictObject, type GenericSchema } from 'valibot'
import { type ListReader, readDocument } from '../documents/document.ts'
import { duration, oneOrMore, oneOrMoreOf } from '../documents/fields.ts'
import { fits, type Pattern } from '../documents/pattern.ts'
import type { ParsedRequest } from '../pki/certificate-request.ts'
import type { CertificateSigningRequest } from './csr.ts'

/**
 * One rule. A field that is left out matches everything; all that are given must match. In a {@link Pattern} `*` stands for any
 * characters.
 */
export interface ApprovalRule {
  readonly signer?: Pattern
  readonly commonName?: Pattern
  /** Every organization of the subject fits one of these; none at all does as well. */
  readonly organizations?: Pattern
  /** Every DNS name fits one of these; none at all does as well. */
  readonly dnsNames?: Pattern
  /** Every IP address lies in one of these ranges, such as `10.0.0.0/8` (or is the one given); none at all does as well. */
  readonly ipAddresses?: string | readonly string[]
  /** Every usage is among these. */
  readonly usages?: string | readonly string[]
  /** Name of the user who made the request. */
  readonly requestor?: Pattern
  /** One of the user's groups fits one of these. */
  readonly groups?: Pattern
  /** `ignore` leaves the request to others, whatever the mode is. */
  readonly verdict: 'approve' | 'deny' | 'ignore'
  /** How long after the request's creation, such as `5s`; at once unless set. */
  readonly delay?: string
  /** Of the condition; `LabApproved` or `LabDenied` unless set. */
  readonly reason?: string
  /** Of the condition. */
  readonly message?: string
}

const range = pipe(
  string(),
  check((text) => rangeOf(text) !== undefined, 'this is no IP address and no range like 10.0.0.0/8 or fd00::/8'),
)

/** A rule as people write it. */
export const approvalRule: GenericSchema<unknown, ApprovalRule> = strictObject({
  signer: exactOptional(oneOrMore),
  commonName: exactOptional(oneOrMore),
  organizations: exactOptional(oneOrMore),
  dnsNames: exactOptional(oneOrMore),
  ipAddresses: exactOptional(oneOrMoreOf(range)),
  usages: exactOptional(oneOrMore),
  requestor: exactOptional(oneOrMore),
  groups: exactOptional(oneOrMore),
  verdict: picklist(['approve', 'deny', 'ignore']),
  delay: exactOptional(duration),
  reason: exactOptional(string()),
  message: exactOptional(string()),
})

/**
 * Reads a list of rules, YAML or JSON: the first that matches decides.
 * @param name - what the text is called in messages: its path.
 * @throws DocumentError naming line and field.
 */
export const readApprovalRules: ListReader<ApprovalRule> = (text, name) => readDocument(array(approvalRule), text, name)

/** The first rule that matches. */
export function matchingRule(
  rules: readonly ApprovalRule[],
  csr: CertificateSigningRequest,
  request: ParsedRequest,
): ApprovalRule | undefined {
  return rules.find((rule) => mismatch(rule, csr, request) === undefined)
}

/** The first field of a rule that does not match; undefined when all do. */
export function mismatch(
  rule: ApprovalRule,
  { spec }: CertificateSigningRequest,
  request: ParsedRequest,
): keyof ApprovalRule | undefined {
  if (!fits(rule.signer, spec.signerName)) return 'signer'
  if (!fits(rule.commonName, request.subject.commonName)) return 'commonName'
  if (!request.subject.organization.every((name) => fits(rule.organizations, name))) return 'organizations'
  if (!request.dnsNames.every((name) => fits(rule.dnsNames, name))) return 'dnsNames'
  const ranges = listOf(rule.ipAddresses)?.map(rangeOf)
  if (ranges && !request.ipAddresses.every((address) => ranges.some((one) => one && isIn(address, one)))) {
    return 'ipAddresses'
  }
  const usages = listOf(rule.usages)
  if (usages && !(spec.usages ?? []).every((usage) => usages.includes(usage))) return 'usages'
  if (!fits(rule.requestor, spec.username ?? '')) return 'requestor'
  if (rule.groups !== undefined && !(spec.groups ?? []).some((group) => fits(rule.groups, group))) return 'groups'
  return undefined
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

function rangeOf(text: string): Range | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  if (!ipaddr.isValid(text)) return undefined
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

function isIn(text: string, range: Range): boolean {
  const address = ipaddr.process(text)
  return address.kind() === range[0].kind() && address.match(range)
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : value
}
