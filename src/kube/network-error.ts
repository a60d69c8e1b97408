import { connect, type DetailedPeerCertificate } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { CertletError, type FailureCode } from '../errors.ts'
import { excerpt } from '../one-line.ts'

/** Where a request went, as far as a failed connection is concerned. */
export interface Target {
  readonly url: URL
  /** How messages call the server; the API server unless set. */
  readonly what?: string
  readonly caPem?: string
  readonly tlsServerName?: string
  readonly proxyUrl?: string
}

/** OpenSSL's verification errors that mean: signed by a CA that is not trusted here. Source: Node.js, tls, X509 certificate error codes. */
const UNTRUSTED = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

const codes: Readonly<Record<string, FailureCode>> = {
  ENOTFOUND: 'API_NAME_UNKNOWN',
  EAI_AGAIN: 'API_NAME_UNKNOWN',
  ETIMEDOUT: 'API_TIMEOUT',
  ESOCKETTIMEDOUT: 'API_TIMEOUT',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'API_TIMEOUT',
  ERR_TLS_CERT_ALTNAME_INVALID: 'API_NAME_MISMATCH',
  CERT_HAS_EXPIRED: 'API_CERTIFICATE_DATES',
  CERT_NOT_YET_VALID: 'API_CERTIFICATE_DATES',
  EPROTO: 'API_TLS',
  INVALID_PURPOSE: 'API_TLS',
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOTFOUND: 'its name does not exist in DNS',
  EAI_AGAIN: 'DNS did not answer',
  ETIMEDOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  INVALID_PURPOSE: 'its certificate may not be a server’s',
}

/**
 * Translates a failed connection. For a server whose certificate is not trusted or has another name it connects once more,
 * sends nothing, and looks at what is shown, so that the message can name it.
 * @param signal - ends that look.
 */
export async function networkErrorOf(error: unknown, target: Target, signal?: AbortSignal): Promise<CertletError> {
  if (error instanceof CertletError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const server = `Cannot reach ${target.what ?? 'the API server'} ${target.url.origin}${target.proxyUrl ? ` by way of its proxy` : ''}`
  if (UNTRUSTED.has(code)) {
    const seen = await shownCertificate(target, signal)
    return new CertletError(
      'API_CA_MISMATCH',
      `${server} safely: its certificate is not signed by a trusted CA; ${issuers(target, seen)}`,
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const seen = await shownCertificate(target, signal)
    const asked = target.tlsServerName ?? target.url.hostname
    const names = excerpt(seen?.subjectaltname ?? 'no names')
    return new CertletError(
      'API_NAME_MISMATCH',
      `${server} safely: its certificate is not for "${asked}" but for ${names}`,
    )
  }
  const failure = codes[code] ?? (code.startsWith('ERR_SSL_') ? 'API_TLS' : 'API_UNREACHABLE')
  const reason =
    words[code] ??
    (failure === 'API_TLS' ? `no TLS could be agreed (${code})` : `the connection failed${code ? ` (${code})` : ''}`)
  return new CertletError(failure, `${server}: ${reason}`, { cause: error })
}

function issuers({ caPem }: Target, seen: DetailedPeerCertificate | undefined): string {
  const expected =
    caPem === undefined
      ? 'one of the system’s CAs'
      : subjectsOf(caPem)
          .map((name) => `"${name}"`)
          .join(' or ')
  const issuer = seen && `"${commonName(seen.issuer)}"`
  const same = seen && caPem !== undefined && subjectsOf(caPem).includes(commonName(seen.issuer))
  return `expected ${expected}, seen ${issuer ?? 'nothing'}${same ? ' with the same name but another key' : ''}`
}

function subjectsOf(caPem: string): string[] {
  const blocks = caPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => commonName(new X509Certificate(block).toLegacyObject().subject))
}

function commonName(name: object): string {
  const { CN, O } = name as { CN?: string | string[]; O?: string | string[] }
  return excerpt(String(CN ?? O ?? '(no name)'))
}

/** The certificate that a server shows, seen without trusting it; nothing is sent. Undefined when it shows none in 5 s. */
function shownCertificate(
  { url, tlsServerName, proxyUrl }: Target,
  signal: AbortSignal | undefined,
): Promise<DetailedPeerCertificate | undefined> {
  if (proxyUrl !== undefined || signal?.aborted) return Promise.resolve(undefined)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      rejectUnauthorized: false,
      timeout: 5_000,
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
    })
    const end = (certificate?: DetailedPeerCertificate): void => {
      signal?.removeEventListener('abort', give)
      socket.destroy()
      resolve(certificate)
    }
    const give = (): void => {
      end()
    }
    signal?.addEventListener('abort', give)
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate(true)
      end(Object.keys(certificate).length > 0 ? certificate : undefined)
    })
    socket.once('timeout', give)
    socket.once('error', give)
  })
}
