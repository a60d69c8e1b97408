/** Who may see the page: whoever had its link first, from the page itself. */
import { createHash, randomBytes } from 'node:crypto'

/** Name of the cookie. */
const COOKIE = 'certlet-lab'

export interface Access {
  /** A new token for a link; works once. */
  readonly newToken: () => string
  /** Spends a token. @returns the value of Set-Cookie; undefined for a token that is not, or no longer, worth anything */
  readonly redeem: (token: string) => string | undefined
  /** Whether a Cookie header belongs to one who had a link. */
  readonly knows: (cookies: string) => boolean
}

/** @param path - where the page is; the cookie goes to no other, so that other servers on this machine do not get it. */
export function createAccess(path: string, random: (octets: number) => Buffer = randomBytes): Access {
  // Digests: to look one up takes no longer for a good guess.
  const tokens = new Set<string>()
  const sessions = new Set<string>()
  const draw = (kept: Set<string>): string => {
    const text = random(32).toString('base64url')
    kept.add(digest(text))
    return text
  }
  return {
    newToken: () => draw(tokens),
    redeem: (token) => {
      if (!tokens.delete(digest(token))) return undefined
      return `${COOKIE}=${draw(sessions)}; Path=${path}; HttpOnly; SameSite=Strict`
    },
    knows: (cookies) =>
      cookies
        .split(';')
        .map((pair) => pair.trim())
        .some((pair) => pair.startsWith(`${COOKIE}=`) && sessions.has(digest(pair.slice(COOKIE.length + 1)))),
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64')

/** What a browser says about where a request comes from. */
export interface Provenance {
  readonly method: string
  readonly host: string | undefined
  readonly origin: string | undefined
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined
}

/** Names of this machine that nobody else's DNS decides about; with a port, which may be that of a tunnel. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/

/**
 * Why a request is not taken from there; undefined when it is. A name that was made to lead here (DNS rebinding) stands in Host; a page
 * elsewhere, on another port of this machine too, stands in Origin.
 * @param data - whether it asks for more than the page's own files.
 */
export function refusalOf({ method, host = '', origin, site }: Provenance, data: boolean): string | undefined {
  if (!LOOPBACK.test(host)) return 'the page is at a loopback address, not at the name that was asked for'
  if (!data) return undefined
  if (origin !== undefined && origin !== `http://${host}`) return 'the request comes from a page elsewhere'
  if (origin === undefined && method !== 'GET') return 'the request does not say that it comes from the page'
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'the request comes from a page elsewhere'
  return undefined
}
