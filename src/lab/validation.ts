/** Rules for names, labels and metadata that all kinds share. Source: `staging/src/k8s.io/apimachinery/pkg/{util/validation,api/validation}`. */
import { forbiddenField, goQuote, invalid, required, tooLong, type FieldError } from './field-error.ts'
import type { ObjectMeta } from './storage.ts'

/** What is wrong with a name; nothing when empty. `prefix`: it is a generateName, which may end in a dash. */
export type NameRule = (name: string, prefix: boolean) => string[]

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const TOTAL_ANNOTATION_BYTES = 256 * 1024

const byteLength = (text: string) => Buffer.byteLength(text)
const maxLength = (length: number) => `must be no more than ${length} characters`

function regexError(message: string, pattern: RegExp, ...examples: string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ')
  return `${message} (e.g. ${shown}regex used for validation is '${pattern.source.slice(1, -1)}')`
}

export function dns1123Label(value: string): string[] {
  const errors: string[] = []
  if (byteLength(value) > 63) errors.push(maxLength(63))
  if (!LABEL.test(value))
    errors.push(
      regexError(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        LABEL,
        'my-name',
        '123-abc',
      ),
    )
  return errors
}

export function dns1123Subdomain(value: string): string[] {
  const errors: string[] = []
  if (byteLength(value) > 253) errors.push(maxLength(253))
  if (!SUBDOMAIN.test(value))
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN,
        'example.com',
      ),
    )
  return errors
}

/** Names of most kinds. */
export const subdomainName: NameRule = (name, prefix) => dns1123Subdomain(prefix ? name.replace(/-$/, 'a') : name)

/** The least that every name must be, since it becomes part of a path. Source: `api/validation/path/name.go`. */
export const pathSegmentName: NameRule = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%'].filter((char) => name.includes(char)).map((char) => `may not contain '${char}'`)
}

export const anyName: NameRule = () => []

function qualifiedName(value: string): string[] {
  const errors: string[] = []
  const parts = value.split('/')
  let name = parts[0] ?? ''
  if (parts.length === 2) {
    name = parts[1] ?? ''
    const prefix = parts[0] ?? ''
    if (prefix === '') errors.push('prefix part must be non-empty')
    else errors.push(...dns1123Subdomain(prefix).map((error) => `prefix part ${error}`))
  } else if (parts.length > 2) {
    const shape = regexError(
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      QUALIFIED_NAME,
      'MyName',
      'my.name',
      '123-abc',
    ).replace('a valid label key', 'a qualified name')
    return [`${shape} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  if (name === '') errors.push('name part must be non-empty')
  else if (byteLength(name) > 63) errors.push(`name part ${maxLength(63)}`)
  if (!QUALIFIED_NAME.test(name))
    errors.push(
      `name part ${regexError(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        QUALIFIED_NAME,
        'MyName',
        'my.name',
        '123-abc',
      )}`,
    )
  return errors
}

export function labelValue(value: string): string[] {
  const errors: string[] = []
  if (byteLength(value) > 63) errors.push(maxLength(63))
  if (!LABEL_VALUE.test(value))
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE,
        'MyValue',
        'my_value',
        '12345',
      ),
    )
  return errors
}

export { qualifiedName }

/** `ValidateObjectMetaAccessor`. */
export function validateObjectMeta(meta: ObjectMeta, namespaced: boolean, rule: NameRule): FieldError[] {
  const errors: FieldError[] = []
  const { name = '', generateName = '', namespace = '' } = meta
  if (generateName)
    for (const problem of rule(generateName, true))
      errors.push(invalid('metadata.generateName', goQuote(generateName), problem))
  if (!name) errors.push(required('metadata.name', 'name or generateName is required'))
  else for (const problem of rule(name, false)) errors.push(invalid('metadata.name', goQuote(name), problem))
  if (namespaced) {
    if (!namespace) errors.push(required('metadata.namespace'))
    else
      for (const problem of dns1123Label(namespace))
        errors.push(invalid('metadata.namespace', goQuote(namespace), problem))
  } else if (namespace) errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'))
  return [...errors, ...validateCommon(meta), ...validateFinalizers(meta)]
}

function validateFinalizers({ finalizers = [] }: ObjectMeta): FieldError[] {
  return finalizers.flatMap((finalizer) =>
    qualifiedName(finalizer).map((problem) => invalid('metadata.finalizers', goQuote(finalizer), problem)),
  )
}

function validateCommon(meta: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of sortedEntries(meta.labels)) {
    for (const problem of qualifiedName(key)) errors.push(invalid('metadata.labels', goQuote(key), problem))
    for (const problem of labelValue(value)) errors.push(invalid('metadata.labels', goQuote(value), problem))
  }
  let total = 0
  for (const [key, value] of sortedEntries(meta.annotations)) {
    for (const problem of qualifiedName(key.toLowerCase()))
      errors.push(invalid('metadata.annotations', goQuote(key), problem))
    total += byteLength(key) + byteLength(value)
  }
  if (total > TOTAL_ANNOTATION_BYTES) errors.push(tooLong('metadata.annotations', TOTAL_ANNOTATION_BYTES))
  const owners = (meta['ownerReferences'] ?? []) as {
    apiVersion?: string
    kind?: string
    name?: string
    uid?: string
  }[]
  for (const owner of owners) {
    const at = 'metadata.ownerReferences'
    if (!owner.apiVersion) errors.push(invalid(`${at}.apiVersion`, '""', 'version must not be empty'))
    if (!owner.kind) errors.push(invalid(`${at}.kind`, '""', 'kind must not be empty'))
    if (!owner.name) errors.push(invalid(`${at}.name`, '""', 'name must not be empty'))
    if (!owner.uid) errors.push(invalid(`${at}.uid`, '""', 'uid must not be empty'))
  }
  return errors
}

const sortedEntries = (map: Readonly<Record<string, string>> | undefined): readonly [string, string][] =>
  map === undefined ? [] : Object.entries(map).sort()

/** `ValidateObjectMetaAccessorUpdate`. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if (old.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((one) => !(old.finalizers ?? []).includes(one))
    if (added.length)
      errors.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(goQuote).join(', ')}}`,
        ),
      )
  }
  if (!meta.resourceVersion) errors.push(invalid('metadata.resourceVersion', '""', 'must be specified for an update'))
  const immutable = (
    field: 'name' | 'namespace' | 'uid' | 'creationTimestamp' | 'deletionTimestamp' | 'deletionGracePeriodSeconds',
  ) => {
    if (meta[field] !== old[field])
      errors.push(invalid(`metadata.${field}`, goQuote(String(meta[field] ?? '')), 'field is immutable'))
  }
  immutable('name')
  immutable('namespace')
  immutable('uid')
  immutable('creationTimestamp')
  immutable('deletionTimestamp')
  immutable('deletionGracePeriodSeconds')
  return [...errors, ...validateCommon(meta)]
}
