/** Go's time layouts as the API uses them: `metav1.Time` (seconds) and `metav1.MicroTime`. */

const SECONDS_LAYOUT = '2006-01-02T15:04:05Z07:00'
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00'

/** A moment as `metav1.Time` prints it. */
export function formatTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/**
 * Reads a time and prints it anew in UTC; the error is that of Go's `time.Parse`.
 * Source: `staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/{time,micro_time}.go`, Go `time/format.go`.
 */
export function parseTime(text: string, micro: boolean): { time: string } | { error: string } {
  const layout = micro ? MICRO_LAYOUT : SECONDS_LAYOUT
  const elements: [layout: string, pattern: RegExp][] = [
    ['2006', /^\d{4}/],
    ['-', /^-/],
    ['01', /^\d{2}/],
    ['-', /^-/],
    ['02', /^\d{2}/],
    ['T', /^T/],
    ['15', /^\d{2}/],
    [':', /^:/],
    ['04', /^\d{2}/],
    [':', /^:/],
    ['05', micro ? /^\d{2}/ : /^\d{2}(?:[.,]\d+)?/],
    ...(micro ? ([['.000000', /^[.,]\d{6}/]] as [string, RegExp][]) : []),
    ['Z07:00', /^(?:Z|[+-]\d{2}:\d{2})/],
  ]
  const failed = (rest: string, element: string) => ({
    error: `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`,
  })
  let rest = text
  for (const [element, pattern] of elements) {
    const match = pattern.exec(rest)
    if (!match) return failed(rest, element)
    rest = rest.slice(match[0].length)
  }
  if (rest) return { error: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}` }
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) return { error: `parsing time ${JSON.stringify(text)}: day out of range` }
  if (!micro) return { time: formatTime(date) }
  const fraction = /[.,](\d{6})/.exec(text)?.[1] ?? '000000'
  return { time: `${formatTime(date).slice(0, -1)}.${fraction}Z` }
}
