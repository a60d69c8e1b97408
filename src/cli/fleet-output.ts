import { dirname, resolve } from 'node:path'
import type { RunRecord } from '../fleet/run-record.ts'
import { makeDirectory, replacePassingFile } from '../store/replace-file.ts'
import type { Flags } from './command.ts'
import { runSummary } from './fleet-summary.ts'
import { paintOf } from './paint.ts'
import type { World } from './world.ts'

/** The result of a run for standard output. */
export function presentRun(record: RunRecord, flags: Flags, { stdout }: World): string {
  if (flags['output'] === 'json') return runText(record)
  return runSummary(record, { width: stdout.columns, paint: paintOf(stdout) })
}

/** Writes the files that were asked for. @throws CertletError of the disk */
export async function writeRunFiles(
  record: RunRecord,
  { out, report }: { readonly out: string | undefined; readonly report: string | undefined },
): Promise<void> {
  if (out !== undefined) write(out, runText(record))
  if (report === undefined) return
  // The library that draws is loaded by nothing else.
  const { reportPage } = await import('../fleet/report/page.ts')
  write(report, reportPage(record))
}

function runText(record: RunRecord): string {
  return `${JSON.stringify(record)}\n`
}

function write(path: string, text: string): void {
  makeDirectory(dirname(resolve(path)), 0o755)
  replacePassingFile(resolve(path), text, 0o644)
}
