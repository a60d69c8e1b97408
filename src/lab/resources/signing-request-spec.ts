/** What may stand in the spec of a CertificateSigningRequest. Source: pkg/apis/certificates/validation/validation.go. */
import {
  duplicate,
  type FieldError,
  goBytes,
  goQuote,
  invalid,
  notSupported,
  required,
  tooLong,
} from '../field-error.ts'
import { readRequestField } from '../pki/certificate-request.ts'
import { knownUsages } from '../pki/key-usages.ts'
import type { Struct } from '../schema/schema.ts'
import { dns1123Label, dns1123Subdomain } from '../validation.ts'

export interface Spec extends Struct {
  /** Base64 of a PEM text. */
  request?: string
  signerName?: string
  usages?: string[]
  expirationSeconds?: number
  username?: string
}

/** What is wrong with the spec of a new request, in the order in which the API server lists it. */
export function validateSpec({ request, usages = [], signerName = '', expirationSeconds }: Spec): FieldError[] {
  const errors: FieldError[] = []
  const parsed = readRequestField(request ?? '')
  if ('error' in parsed) errors.push(invalid('spec.request', goBytes(request), parsed.error))
  if (usages.length === 0) errors.push(required('spec.usages'))
  usages.forEach((usage, i) => {
    if (!knownUsages.has(usage)) errors.push(notSupported(`spec.usages[${i}]`, goQuote(usage), [...knownUsages].sort()))
    if (usages.indexOf(usage) < i) errors.push(duplicate(`spec.usages[${i}]`, goQuote(usage)))
  })
  if (signerName === 'kubernetes.io/legacy-unknown') {
    errors.push(
      invalid('spec.signerName', goQuote(signerName), 'the legacy signerName is not allowed via this API version'),
    )
  } else errors.push(...validateSignerName(signerName))
  if (expirationSeconds !== undefined && expirationSeconds < 600) {
    errors.push(
      invalid(
        'spec.expirationSeconds',
        expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    )
  }
  return errors
}

/** Bytes of a DNS subdomain, and of that, a slash, another one, a dot and a label. */
const LONGEST_DOMAIN = 253
const LONGEST_SIGNER_NAME = 571

/** `domain/path`: two labels at least in the domain. */
function validateSignerName(signerName: string): FieldError[] {
  const field = 'spec.signerName'
  const shown = goQuote(signerName)
  if (signerName === '') return [required(field)]
  const [domain = '', path, ...rest] = signerName.split('/')
  if (path === undefined || rest.length > 0) {
    return [invalid(field, shown, "must be a fully qualified domain and path of the form 'example.com/signer-name'")]
  }
  const errors: FieldError[] = []
  if (Buffer.byteLength(domain) > LONGEST_DOMAIN) errors.push(tooLong(field, LONGEST_DOMAIN))
  const labels = domain.split('.')
  errors.push(...labels.flatMap((label) => labelErrors(domain, label, dns1123Label(label))))
  if (labels.length < 2)
    errors.push(invalid(field, goQuote(domain), 'should be a domain with at least two segments separated by dots'))
  errors.push(...path.split('.').flatMap((label) => labelErrors(path, label, dns1123Subdomain(label))))
  if (Buffer.byteLength(signerName) > LONGEST_SIGNER_NAME) errors.push(tooLong(field, LONGEST_SIGNER_NAME))
  return errors

  function labelErrors(part: string, label: string, problems: string[]): FieldError[] {
    return problems.map((problem) => invalid(field, goQuote(part), `validating label ${goQuote(label)}: ${problem}`))
  }
}
