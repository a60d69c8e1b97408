/** Field selectors. Source: `staging/src/k8s.io/apimachinery/pkg/fields/selector.go`. */
import { compareBytes } from '../schema/compare-bytes.ts'
import { badRequest } from '../status.ts'

/** One comparison of a field selector. */
export interface FieldTerm {
  readonly field: string
  readonly equal: boolean
  readonly value: string
}

/** The terms in the order in which the API server looks at them. @throws StatusError 400 */
export function parseFieldSelector(text: string): FieldTerm[] {
  return splitTerms(text)
    .sort(compareBytes)
    .filter((term) => term !== '')
    .map((term) => {
      const [, field = '', operator, value = ''] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? []
      if (operator === undefined) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
      return { field, equal: operator !== '!=', value: unescaped(value) }
    })
}

/** At commas without a backslash before them. */
function splitTerms(text: string): string[] {
  const terms = ['']
  for (const part of text.match(/\\[^]?|,|[^\\,]+/g) ?? []) {
    if (part === ',') terms.push('')
    else terms.push(`${terms.pop() ?? ''}${part}`)
  }
  return terms
}

function unescaped(value: string): string {
  let result = ''
  for (let at = 0; at < value.length; at++) {
    const char = value[at] ?? ''
    if (char === ',' || char === '=')
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`)
    if (char !== '\\') {
      result += char
      continue
    }
    const escaped = value[++at] ?? ''
    if (!/^[\\,=]$/.test(escaped)) throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`)
    result += escaped
  }
  return result
}
