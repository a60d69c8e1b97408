/** A bootstrap token: id and secret. Source: cluster-bootstrap token/api/types.go, BootstrapTokenPattern. */
const BOOTSTRAP_TOKEN = /^[a-z0-9]{6}\.[a-z0-9]{16}$/

/** A signed JSON Web Token, as service accounts have: three base64url parts. Source: RFC 7515 §7.1. */
const JSON_WEB_TOKEN = /^[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}$/

/** A token of a static token file (kube-apiserver --token-auth-file): any long run of RFC 6750 characters without a dot. */
const OPAQUE_TOKEN = /^[\w\-~+/]{32,}=*$/

/**
 * What is wrong with the form of a bearer token, before anything is sent; undefined if nothing is.
 * @returns words that never contain the token, only its length.
 */
export function tokenProblem(token: string): string | undefined {
  if (token === '') return 'it is empty'
  if (BOOTSTRAP_TOKEN.test(token) || JSON_WEB_TOKEN.test(token) || OPAQUE_TOKEN.test(token)) return undefined
  if (/\s/.test(token)) return 'it contains white space'
  if (BOOTSTRAP_TOKEN.test(token.toLowerCase())) return 'it has capital letters'
  return `it has ${token.length} characters in ${token.split('.').length} part(s), and is neither a bootstrap token nor a signed one`
}

/** The public half of a bootstrap token (it is part of the user name), undefined for other tokens. */
export function bootstrapTokenId(token: string): string | undefined {
  return BOOTSTRAP_TOKEN.test(token) ? token.slice(0, 6) : undefined
}
