/** Who is asking: certificate first, then token, else anonymous; bad credentials are refused, never taken for none. */
import type { X509Certificate } from 'node:crypto'
import type { LabRequest } from '../request.ts'
import type { KubeObject } from '../storage.ts'
import { authenticateBootstrapToken } from './bootstrap-token.ts'
import { authenticateCertificate, type ClientCertificate, readClientCertificate } from './client-certificate.ts'
import { anonymous, AUTHENTICATED, type User } from './user.ts'

export interface AuthenticationOptions {
  /** Taken anew for each connection. */
  authorities: () => readonly X509Certificate[]
  secretNamed: (name: string) => KubeObject | undefined
  /** Further kinds of tokens (service accounts), asked before bootstrap tokens. */
  tokenUser?: (token: string, now: Date) => User | undefined
  now: () => Date
  /** Whether users of certificates carry their fingerprint. */
  credentialIds: boolean
  /** `--anonymous-auth`. */
  anonymous: boolean
}

export interface Authenticator {
  /** The user, or undefined for 401. */
  request(request: LabRequest): User | undefined
  /** The user of a token alone (TokenReview). */
  token(token: string): User | undefined
}

/** Source: `pkg/kubeapiserver/authenticator/config.go`, `staging/src/k8s.io/apiserver/pkg/authentication/request/{union,bearertoken}`. */
export function createAuthenticator(options: AuthenticationOptions): Authenticator {
  const withGroup = (user: User): User =>
    user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] }
  const token = (text: string): User | undefined => {
    const now = options.now()
    const user = options.tokenUser?.(text, now) ?? authenticateBootstrapToken(text, options.secretNamed, now)
    return user && withGroup(user)
  }
  // A connection sends one and the same chain with each of its requests.
  const known = new WeakMap<readonly Uint8Array[], ClientCertificate>()
  const certificateOf = (chain: readonly Uint8Array[]): ClientCertificate | undefined => {
    const certificate = known.get(chain) ?? readClientCertificate(chain, options.authorities(), options.credentialIds)
    if (certificate) known.set(chain, certificate)
    return certificate
  }
  return {
    token,
    request({ clientCertificates, headers }) {
      let refused = false
      const certificate = clientCertificates && certificateOf(clientCertificates)
      if (certificate) {
        const user = authenticateCertificate(certificate, options.now())
        if (user === 'refused') refused = true
        else if (user) return withGroup(user)
      }
      const bearer = bearerToken(headers['authorization']?.[0])
      if (bearer !== undefined) {
        const user = token(bearer)
        if (user) return user
        refused = true
      }
      return refused || !options.anonymous ? undefined : anonymous
    },
  }
}

/** What a client is warned of whose token begins with a space: it is taken for none. */
export const SPACE_BEFORE_TOKEN =
  'the provided Authorization header contains extra space before the bearer token, and is ignored'

/** Whether a request has such a token. */
export function hasSpaceBeforeToken({ headers }: LabRequest): boolean {
  const [scheme, value, rest] = (headers['authorization']?.[0] ?? '').trim().split(' ')
  return scheme?.toLowerCase() === 'bearer' && value === '' && rest !== undefined
}

/** The token of an Authorization header; other schemes are no credentials at all. */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme, value] = (header ?? '').trim().split(' ')
  return scheme?.toLowerCase() === 'bearer' && value ? value : undefined
}
