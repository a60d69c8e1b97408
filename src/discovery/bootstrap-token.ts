/** A bootstrap token, split. Source: cluster-bootstrap token/util/helpers.go. */
export interface BootstrapToken {
  /** The public half: part of the user name and of the name of the token's Secret. */
  readonly id: string
  readonly secret: string
}

/** Splits a token; undefined when it has not the form of one. Source: cluster-bootstrap token/api/types.go, BootstrapTokenPattern. */
export function parseBootstrapToken(token: string): BootstrapToken | undefined {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? []
  return id !== undefined && secret !== undefined ? { id, secret } : undefined
}

/** A text that somebody typed, without the secret half of a token that may be in it: it may have been put in the wrong place. */
export function hideTokens(text: string): string {
  return text.replace(/\.[a-z0-9]{16,}/gi, '.…')
}

/** The token as it is sent. */
export function tokenText({ id, secret }: BootstrapToken): string {
  return `${id}.${secret}`
}
