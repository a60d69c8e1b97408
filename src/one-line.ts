/**
 * A text from outside (a server's message, a file's name) on one line: control characters, with which it could take over a terminal or
 * begin lines that look like ours, and marks that turn the direction of writing, are gone.
 */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, ' ')
}

/** Longest part of somebody else's text that is passed on, characters. */
const LONGEST_TEXT = 500

/** What a server may have been sent, and say again: a bootstrap token, a JSON Web Token, the value of an Authorization header. */
const SENT = /\b(?:[a-z0-9]{6}\.[a-z0-9]{16}\b|eyJ[\w-]+\.[\w-]+\.[\w-]*|Bearer\s+\S+)/gi

/** As `oneLine`, no longer than a person reads, and without what we may have sent in secret. What is no text is empty. */
export function excerpt(value: unknown): string {
  if (typeof value !== 'string') return ''
  const said = value.slice(0, 2 * LONGEST_TEXT).replace(SENT, '(token)')
  return oneLine(said.length <= LONGEST_TEXT ? said : `${said.slice(0, LONGEST_TEXT)}…`)
}

/** A name that a server gave as one word of a shell's command line, quoted where it is not plain. */
export function shellWord(name: string): string {
  const text = excerpt(name)
  return /^[\w:.@/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
