import type { Level } from '../log.ts'

/** Priorities of syslog(3) that the levels stand for, in the form that the journal takes off a line. Source: sd-daemon(3). */
const PREFIXES: Readonly<Record<Level, string>> = { error: '<3>', warn: '<4>', info: '<6>', debug: '<7>' }

/**
 * Whether a stream leads into the journal. Source: systemd.exec(5), $JOURNAL_STREAM: device and inode of the stream.
 * @param stream - of fstat(2) on it.
 */
export function leadsToJournal(
  journalStream: string | undefined,
  stream: { readonly dev: number | bigint; readonly ino: number | bigint },
): boolean {
  return journalStream === `${stream.dev}:${stream.ino}`
}

/** The line with its priority, so that `journalctl -p err` finds errors. @param line - one line, ending in a newline. */
export function journalLine(line: string, level: Level): string {
  return PREFIXES[level] + line
}
