import { oneLine } from './one-line.ts'

/** Severity of a line; the order is the order of urgency. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Values of a line beside its constant message. Never a token, a key or a header. */
export type Fields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** A log: constant messages, values as fields. */
export interface Log {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** The same log with `fields` in every line. */
  with(fields: Fields): Log
}

export type LogFormat = 'text' | 'json'

const urgency: Record<Level, number> = { debug: 10, info: 20, warn: 30, error: 40 }

/**
 * A log that writes one line an event.
 * @param write - takes one line, ending in a newline, and its level.
 * @param format - `text`: for people; `json`: one object a line with `time` (RFC 3339, UTC), `level`, `msg` and the fields.
 * @param least - the least urgent level that is written.
 */
export function createLog(
  write: (line: string, level: Level) => void,
  { format, least, now }: { format: LogFormat; least: Level; now: () => Date },
  bound: Fields = {},
): Log {
  const line = (level: Level, msg: string, fields: Fields = {}): void => {
    if (urgency[level] < urgency[least]) return
    const all = { ...bound, ...fields }
    write(format === 'json' ? jsonLine(now(), level, msg, all) : textLine(level, msg, all), level)
  }
  return {
    debug: (msg, fields) => {
      line('debug', msg, fields)
    },
    info: (msg, fields) => {
      line('info', msg, fields)
    },
    warn: (msg, fields) => {
      line('warn', msg, fields)
    },
    error: (msg, fields) => {
      line('error', msg, fields)
    },
    with: (fields) => createLog(write, { format, least, now }, { ...bound, ...fields }),
  }
}

function jsonLine(time: Date, level: Level, msg: string, fields: Fields): string {
  return JSON.stringify({ time: time.toISOString(), level, msg, ...fields }) + '\n'
}

/** `warning: message (field value, field value)`: plain words, no time stamp (a terminal needs none, the journal adds its own). */
function textLine(level: Level, msg: string, fields: Fields): string {
  const prefix = level === 'info' ? '' : `${level === 'warn' ? 'warning' : level}: `
  const values = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`)
  return oneLine(`${prefix}${msg}${values.length > 0 ? `  (${values.join(' ')})` : ''}`) + '\n'
}
