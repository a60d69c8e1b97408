/** A text from a file for a terminal: control characters, with which it could take over the screen, are gone. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
