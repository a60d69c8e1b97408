/**
 * Tokens of service accounts, signed with `sa.key`: made on request, and read again.
 * Source: `pkg/serviceaccount/{jwt,claims}.go`, `pkg/kubeapiserver/authenticator/config.go`.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto'
import type { KubeObject } from '../storage.ts'
import type { User } from './user.ts'

/** Source: `staging/src/k8s.io/apiserver/pkg/authentication/user/user.go`, CredentialIDKey. */
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

export interface ServiceAccountOptions {
  readonly keyPem: string
  /** Also the audience of tokens that name none. */
  readonly issuer: string
  readonly accountNamed: (namespace: string, name: string) => KubeObject | undefined
  /** Whether users carry the token's ID. */
  readonly credentialIds: boolean
}

export interface Wanted {
  readonly account: KubeObject
  readonly audiences: readonly string[]
  readonly expires: Date
  readonly now: Date
}

export interface ServiceAccountTokens {
  readonly issuer: string
  issue(wanted: Wanted): string
  /** Undefined for tokens of others, and for those that are good no more. */
  userOf(token: string, now: Date): User | undefined
}

interface Claims {
  readonly aud: readonly string[]
  readonly exp: number
  readonly iat: number
  readonly iss: string
  readonly jti: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly serviceaccount: { readonly name: string; readonly uid: string }
  }
  readonly nbf: number
  readonly sub: string
}

interface Algorithm {
  readonly alg: string
  readonly hash: string
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const seconds = (time: Date): number => Math.floor(time.getTime() / 1000)

export function createServiceAccountTokens(options: ServiceAccountOptions): ServiceAccountTokens {
  const { issuer, accountNamed } = options
  const key = createPrivateKey(options.keyPem)
  const publicKey = createPublicKey(key)
  const { alg, hash } = algorithmOf(key)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const header = encode({ alg, kid: createHash('sha256').update(spki).digest('base64url') })
  const dsaEncoding = 'ieee-p1363'

  /** What a token of this key says. */
  function claimsOf(token: string): Claims | undefined {
    const [first, payload, signature, ...more] = token.split('.')
    if (first !== header || payload === undefined || signature === undefined || more.length > 0) return undefined
    const bytes = Buffer.from(`${first}.${payload}`)
    if (!verify(hash, bytes, { key: publicKey, dsaEncoding }, Buffer.from(signature, 'base64url'))) return undefined
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
  }

  return {
    issuer,
    issue: ({ account, audiences, expires, now }) => {
      const { name = '', namespace = '', uid = '' } = account.metadata
      const claims: Claims = {
        aud: audiences,
        exp: seconds(expires),
        iat: seconds(now),
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace, serviceaccount: { name, uid } },
        nbf: seconds(now),
        sub: `system:serviceaccount:${namespace}:${name}`,
      }
      const signed = `${header}.${encode(claims)}`
      return `${signed}.${sign(hash, Buffer.from(signed), { key, dsaEncoding }).toString('base64url')}`
    },
    userOf: (token, now) => {
      const claims = claimsOf(token)
      if (!claims || claims.iss !== issuer || !claims.aud.includes(issuer)) return undefined
      if (seconds(now) > claims.exp || seconds(now) < claims.nbf) return undefined
      const { namespace, serviceaccount } = claims['kubernetes.io']
      const account = accountNamed(namespace, serviceaccount.name)
      // One that was deleted and made again is another.
      if (!account || account.metadata.uid !== serviceaccount.uid) return undefined
      return {
        name: claims.sub,
        uid: serviceaccount.uid,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
        ...(options.credentialIds && { extra: { [CREDENTIAL_ID]: [`JTI=${claims.jti}`] } }),
      }
    },
  }
}

/** By the key, as `jwt.go` chooses it. @throws TypeError */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm {
  if (asymmetricKeyType === 'rsa') return { alg: 'RS256', hash: 'sha256' }
  switch (asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return { alg: 'ES256', hash: 'sha256' }
    case 'secp384r1':
      return { alg: 'ES384', hash: 'sha384' }
    case 'secp521r1':
      return { alg: 'ES512', hash: 'sha512' }
    default:
      throw new TypeError('Cannot use sa.key: make it an RSA key, or an EC key on P-256, P-384 or P-521')
  }
}
