/** A text from a file or a server for a terminal. */
export { oneLine as printable } from '../one-line.ts'
