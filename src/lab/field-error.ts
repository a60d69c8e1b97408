/** Validation errors of one field, printed as the API server does. Source: `staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go`. */

export interface FieldError {
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
  /** Path such as `spec.usages[1]`. */
  field: string
  /** The text after the path. */
  message: string
}

const detailed = (text: string, detail: string) => (detail ? `${text}: ${detail}` : text)

export const required = (field: string, detail = ''): FieldError => ({
  reason: 'FieldValueRequired',
  field,
  message: detailed('Required value', detail),
})

/** @param shown - the value as Go prints it: see {@link goQuote}, {@link goBytes}; numbers as they are. */
export const invalid = (field: string, shown: string | number, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: detailed(`Invalid value: ${shown}`, detail),
})

/** @param supported - printed in this order; the API server sorts most of them. */
export const notSupported = (field: string, shown: string, supported: readonly string[]): FieldError => ({
  reason: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${shown}: supported values: ${supported.map(goQuote).join(', ')}`,
})

export const duplicate = (field: string, shown: string): FieldError => ({
  reason: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${shown}`,
})

export const forbiddenField = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueForbidden',
  field,
  message: detailed('Forbidden', detail),
})

export const tooLong = (field: string, maxBytes: number): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: must have at most ${maxBytes} bytes`,
})

/** A string as `%q` prints it. */
export function goQuote(text: string): string {
  return JSON.stringify(text)
}

/** Bytes as `%#v` prints them; `undefined` is a nil slice. */
export function goBytes(base64: string | undefined): string {
  if (base64 === undefined) return '[]byte(nil)'
  const bytes = [...Buffer.from(base64, 'base64')]
  return `[]byte{${bytes.map((byte) => `0x${byte.toString(16)}`).join(', ')}}`
}

/** Several errors as one text: `ErrorList.ToAggregate()`, which drops repetitions. */
export function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}
