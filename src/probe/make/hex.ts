/** Octets of hexadecimal text; blanks and colons between them do not count. */
export const octetsOf = (hex: string): Buffer => Buffer.from(hex.replace(/[ :]/g, ''), 'hex')
