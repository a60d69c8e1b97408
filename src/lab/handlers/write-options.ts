/** Options of writing requests. Source: apimachinery pkg/apis/meta/v1/validation/validation.go. */
import { type FieldError, forbiddenField, goQuote, invalid, notSupported, required, tooLong } from '../field-error.ts'
import { invalidObject } from '../status.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteOptions {
  readonly dryRun: boolean
  readonly fieldManager: string
  /** What is done about fields that a type does not have. */
  readonly fieldValidation: FieldValidation
}

/** Longest name of a field manager, bytes. */
const LONGEST_MANAGER = 128

/**
 * @param kind - `CreateOptions`, `UpdateOptions` or `PatchOptions`, as errors name it.
 * @param apply - whether the patch is an apply patch; undefined for other requests.
 * @throws StatusError 422
 */
export function readWriteOptions(query: URLSearchParams, kind: string, apply?: boolean): WriteOptions {
  const fieldManager = query.get('fieldManager') ?? ''
  const validation = query.get('fieldValidation') ?? ''
  const dryRun = query.getAll('dryRun')
  const errors: FieldError[] = []
  if (apply === true && fieldManager === '') errors.push(required('fieldManager', 'is required for apply patch'))
  if (apply === false && query.has('force'))
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'))
  if (Buffer.byteLength(fieldManager) > LONGEST_MANAGER) errors.push(tooLong('fieldManager', LONGEST_MANAGER))
  if (/[\u0000-\u001f\u007f-\u009f]/.test(fieldManager))
    errors.push(invalid('fieldManager', goQuote(fieldManager), 'should only contain printable characters'))
  errors.push(...dryRunErrors(dryRun))
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation))
    errors.push(notSupported('fieldValidation', goQuote(validation), ['', 'Ignore', 'Strict', 'Warn']))
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: kind }, '', errors)
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
  }
}

/** `All` is all there is. */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return []
  return [notSupported('dryRun', `[]string{${values.map(goQuote).join(', ')}}`, ['All'])]
}
