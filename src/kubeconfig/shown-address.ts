/** An address as it may be shown: without the user, the password and the query that somebody may have put into it, or a slash at its end. */
export function shownAddress(address: string): string {
  const url = URL.parse(address)
  return url ? `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}` : 'an address that is none'
}
