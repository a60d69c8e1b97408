import { failures } from '../errors.ts'
import { busiestLoop, clientMsEach, rateOf } from '../fleet/figures.ts'
import { findings } from '../fleet/findings.ts'
import { decodedLatencies } from '../fleet/latencies.ts'
import type { RunRecord } from '../fleet/run-record.ts'
import { KINDS, PHASES } from '../fleet/tally.ts'
import { formatDuration } from '../duration.ts'
import { columns, tableLines, wrapped } from './columns.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'

/** A latency for people: `0.34ms`, `812ms`, `3.42s`. */
export function latencyText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)}ms`
  if (ms < 1000) return `${ms.toFixed(0)}ms`
  return ms < 60_000 ? `${(ms / 1000).toFixed(2)}s` : formatDuration(ms)
}

/** What came of a run, for people. */
export function runSummary(
  run: RunRecord,
  { width, paint }: { readonly width: number | undefined; readonly paint: Paint },
): string {
  const joined = run.nodes.joined === run.nodes.planned
  const parts = [
    columns(
      [
        ['fleet', about(run)],
        ['joined', `${run.nodes.joined} of ${run.nodes.planned} nodes in ${latencyText(run.wallMs)}`],
        ['certificates', `${certificatesOf(run)}, ${rateOf(run).toFixed(1)} a second`],
        ['client', clientOf(run)],
      ],
      width,
    ).replace(/^joined.*/m, (line) => paint(joined ? 'good' : 'bad', line)),
    latencyTable(run, width, paint),
    ...(run.errors.length > 0 ? [errorTable(run, width, paint)] : []),
    ...findings(run).map(({ sentence }) => `${wrapped(`note: ${sentence}`, width).join('\n  ')}\n`),
  ]
  return parts.join('\n')
}

function about({ settings, shards, of }: RunRecord): string {
  const { nodes, arrival, rampMs, concurrency, connections, lab, server } = settings
  const come = arrival === 'burst' ? 'all at once' : `${arrival} over ${formatDuration(rampMs)}`
  const part = of === 1 ? '' : `, ${shards.length === of ? `${of} shards` : `shard ${shards.join(', ')} of ${of}`}`
  const where = lab ? 'a lab' : printable(server)
  return `${nodes} nodes, ${come}, ${concurrency} at once, ${connections} connections, ${where}${part}`
}

function certificatesOf({ certificates }: RunRecord): string {
  return KINDS.filter((kind) => kind === 'client' || certificates[kind] > 0)
    .map((kind) => `${certificates[kind]} ${kind}`)
    .join(', ')
}

function clientOf(run: RunRecord): string {
  const memory = run.clients.reduce((sum, { residentBytes }) => sum + residentBytes, 0) / 2 ** 20
  const lab = run.labCpuMs === null ? '' : `; lab ${(run.labCpuMs / Math.max(1, run.wallMs)).toFixed(2)} cores`
  const cores = run.clients.reduce((sum, { cpuMs, wallMs }) => sum + cpuMs / Math.max(1, wallMs), 0)
  return `${clientMsEach(run).toFixed(2)} ms CPU a certificate, ${cores.toFixed(2)} cores, event loop ${Math.round(busiestLoop(run) * 100)} % busy, ${memory.toFixed(0)} MiB${lab}`
}

function latencyTable(run: RunRecord, width: number | undefined, paint: Paint): string {
  const row = (name: string, encoded: string): string[][] => {
    const all = decodedLatencies(encoded)
    if (all.count === 0) return []
    const cells = [all.at(0.5), all.at(0.9), all.at(0.99), all.longestMs].map(latencyText)
    return [[name, ...cells, String(all.count)]]
  }
  const rows = [
    ['FROM THE INTENDED START', 'P50', 'P90', 'P99', 'MAX', 'COUNT'],
    ...KINDS.flatMap((kind) => row(kind, run.latency[kind])),
    ...PHASES.flatMap((phase) => row(`  ${phase}`, run.phases[phase])),
  ]
  return lines(rows, width, paint)
}

function errorTable(run: RunRecord, width: number | undefined, paint: Paint): string {
  const rows = [
    ['ERROR', 'TRIED AGAIN', 'GAVE UP'],
    ...run.errors.map(({ code, attempts, failed }) => [code, String(attempts), String(failed)]),
  ]
  const samples = run.errors.map(({ code, sample }) => {
    const text = wrapped(`${code}: ${printable(sample)} (${failures[code].hint})`, width).join('\n  ')
    return `${text}\n`
  })
  return `${lines(rows, width, paint)}\n${samples.join('')}`
}

function lines(rows: readonly string[][], width: number | undefined, paint: Paint): string {
  const table = tableLines(rows, { width, paint: (cell, _column, row) => (row === 0 ? paint('title', cell) : cell) })
  return table.map((line) => `${line}\n`).join('')
}
