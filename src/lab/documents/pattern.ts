/** Patterns of names and paths: `*` stands for any characters, also none; everything else for itself. */
export type Pattern = string | readonly string[]

/** Whether a text fits a pattern, or one of several. No pattern fits everything. */
export function fits(pattern: Pattern | undefined, text: string): boolean {
  if (pattern === undefined) return true
  const patterns = typeof pattern === 'string' ? [pattern] : pattern
  return patterns.some((one) => fitsOne(one, text))
}

/** In one pass over the parts between the stars, so that no pattern takes more than linear time for each of them. */
function fitsOne(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  const end = text.length - last.length
  let from = first.length
  for (const part of rest) {
    const at = text.indexOf(part, from)
    if (at < 0 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}
