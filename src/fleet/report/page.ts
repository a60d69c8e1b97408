import { failures } from '../../errors.ts'
import { figuresOf } from '../figures.ts'
import { findings } from '../findings.ts'
import type { RunRecord } from '../run-record.ts'
import { svgOf } from './chart.ts'
import { type Plot, plotsOf } from './plots.ts'

/**
 * The result of a run as one HTML page: no script, nothing from the network, dark or light as the reader has it. All texts are escaped;
 * what servers said is among them.
 */
export function reportPage(run: RunRecord): string {
  const { settings, nodes } = run
  const title = `certlet fleet: ${nodes.joined} of ${nodes.planned} nodes joined`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(`${run.startedAt}, against ${settings.lab ? 'a lab' : settings.server}; certlet ${run.certlet}`)}</p>
${findings(run)
  .map(({ sentence }) => `<p class="note">${escaped(sentence)}</p>\n`)
  .join('')}${plotsOf(run).map(plotHtml).join('')}${errorsHtml(run)}<h2>Figures</h2>
${table(
  ['figure', 'value', 'unit'],
  figuresOf(run).map(({ name, value, unit }) => [name, String(Number(value.toPrecision(4))), unit]),
)}<h2>Settings</h2>
${table(
  ['setting', 'value'],
  Object.entries({ ...settings, shards: `${run.shards.join(', ')} of ${run.of}` }).map(([key, value]) => [
    key,
    String(value ?? 'none'),
  ]),
)}</body>
</html>
`
}

function plotHtml({ title, caption, chart }: Plot): string {
  return `<figure>
<h2>${escaped(title)}</h2>
<div class="plot" role="img" aria-label="${escaped(`${title}. ${caption}`)}">${svgOf(chart)}</div>
<figcaption>${escaped(caption)}</figcaption>
</figure>
`
}

function errorsHtml({ errors }: RunRecord): string {
  if (errors.length === 0) return ''
  const rows = errors.map(({ code, attempts, failed, sample }) => [
    code,
    String(attempts),
    String(failed),
    sample,
    failures[code].hint,
  ])
  return `<h2>Errors</h2>\n${table(['code', 'tried again', 'gave up', 'the first one', 'what to do'], rows)}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>\n`
  return `<div class="wide"><table>
<thead>${cells(head, 'th')}</thead>
<tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody>
</table></div>
`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  // Control characters are nothing that HTML may hold.
  return text.replace(/\p{Cc}+/gu, ' ').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --line: #d0d7de; --note: #fff8c5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --note: #3b2e0a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 900px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
figure { margin: 0; } figcaption { opacity: .8; }
.plot svg { width: 100%; height: auto; }
.note { background: var(--note); border-radius: 6px; padding: .6rem .8rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); }
@media print { body { max-width: none; } }
`
