import { X509Certificate } from 'node:crypto'
import { pinOf, pinText } from '../../discovery/ca-pins.ts'
import type { CertletError } from '../../errors.ts'
import type { ShownServer, ShownTls } from '../../kube/shown-server.ts'
import { publicCas } from '../../kube/public-cas.ts'
import type { ApiServer } from '../../kubeconfig/api-server.ts'
import { pemBlocks } from '../../pem.ts'
import { fail, failedBy, type Finding, ok, skipped, warn } from '../finding.ts'

/** A server certificate that ends so soon is worth a word, ms. */
const SOON_MS = 7 * 86_400_000

/** Who has to vouch for the server; `unknown`: nobody could say yet. */
export type Trusted = Pick<ApiServer, 'url' | 'caPem' | 'tlsServerName' | 'skipTlsVerify'> & { unknown?: boolean }

/**
 * Whether the server is the one that is meant: chain, name and dates of its certificate, and by which CA.
 * @param systemCas - PEM of the CAs that this machine trusts, looked at only when another CA than the cluster's answered.
 */
export function tlsFinding(
  shown: ShownServer | CertletError,
  trusted: Trusted,
  { now, systemCas = publicCas }: { readonly now: Date; readonly systemCas?: () => readonly string[] },
): Finding {
  const name = 'tls'
  if ('code' in shown) return failedBy(name, shown)
  const { tls } = shown
  const leaf = tls?.chain[0]
  if (!tls || !leaf) {
    return trusted.url.startsWith('http:')
      ? warn(name, 'plain http: anybody in between can take the token', 'use https')
      : skipped(name, 'the server shows no certificate')
  }
  if (trusted.unknown) return skipped(name, `nothing says whom to trust yet; the server shows ${describe(tls)}`)
  if (trusted.skipTlsVerify) {
    return warn(
      name,
      `nothing is verified; the server shows ${describe(tls)}`,
      'give the cluster a CA in the kubeconfig',
    )
  }
  if (tls.fault !== undefined) return faultFinding(tls.fault, leaf, tls, trusted, systemCas)
  const seen = `${tls.protocol}, ${whose(tls)}, until ${leaf.validToDate.toISOString()}`
  return leaf.validToDate.getTime() - now.getTime() > SOON_MS
    ? ok(name, seen)
    : warn(name, `${seen}: it ends soon`, 'renew it (`kubeadm certs renew apiserver` where kubeadm made it)')
}

function faultFinding(
  fault: string,
  leaf: X509Certificate,
  tls: ShownTls,
  trusted: Trusted,
  systemCas: () => readonly string[],
): Finding {
  const name = 'tls'
  switch (fault) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const asked = trusted.tlsServerName ?? new URL(trusted.url).hostname
      return fail(
        name,
        'API_NAME_MISMATCH',
        `the certificate is not for "${asked}" but for ${leaf.subjectAltName ?? 'no name'}`,
      )
    }
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID': {
      const dates = `${leaf.validFromDate.toISOString()} to ${leaf.validToDate.toISOString()}`
      const words = fault === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
      return fail(
        name,
        'API_CERTIFICATE_DATES',
        `the server’s certificate, or its CA’s, ${words}: it is valid from ${dates}`,
        'if the clock is right (see below), renew it (`kubeadm certs renew apiserver`); if not, set the clock',
      )
    }
    default:
      return otherCa(fault, leaf, tls, trusted, systemCas)
  }
}

function otherCa(
  fault: string,
  leaf: X509Certificate,
  tls: ShownTls,
  { caPem = '' }: Trusted,
  systemCas: () => readonly string[],
): Finding {
  const expected = certificatesOf(caPem)
  const wanted = expected.map((ca) => `"${nameOf(ca.subject)}" ${pinText(pinOf(ca))}`).join(' or ')
  const seen = `trusted is ${wanted === '' ? 'what the system trusts' : wanted}; the server shows ${describe(tls)}`
  const sameName = expected.some((ca) => nameOf(ca.subject) === nameOf(leaf.issuer))
  const last = tls.chain.at(-1) ?? leaf
  if (expected.length > 0 && systemCas().some((pem) => vouchesFor(new X509Certificate(pem), last))) {
    return fail(
      'tls',
      'API_CA_MISMATCH',
      `${seen}, a CA that this machine trusts for other things: a proxy that looks into TLS is likely in between`,
      'let that proxy leave connections to the API server alone; the node must reach the cluster’s own certificate',
    )
  }
  return sameName
    ? fail(
        'tls',
        'API_CA_MISMATCH',
        `${seen}: the same name, but another key`,
        'the cluster was set up anew: take a new bootstrap kubeconfig; or another cluster answers on that address',
      )
    : fail('tls', 'API_CA_MISMATCH', fault in words ? `${seen}: ${words[fault] ?? ''}` : seen)
}

const words: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it has signed itself',
  CERT_SIGNATURE_FAILURE: 'the signature is wrong',
}

function whose({ chain }: ShownTls): string {
  return `a certificate of "${nameOf(chain[0]?.subject)}" by "${nameOf(chain.at(-1)?.issuer)}"`
}

/** Whose certificate, by whom; with the pin of the CA where the server sent that. */
function describe(tls: ShownTls): string {
  const root = tls.chain.at(-1)
  const pin = root?.ca && root.subject === root.issuer ? ` ${pinText(pinOf(root))}` : ''
  return `${whose(tls)}${pin}`
}

/** Node gives one attribute a line. */
function nameOf(subject = ''): string {
  const attributes = subject.split('\n').map((line) => line.split('=') as [string, string?])
  const find = (key: string): string | undefined => attributes.find(([name]) => name === key)?.[1]
  return find('CN') ?? find('O') ?? 'no name'
}

function certificatesOf(pem: string): X509Certificate[] {
  return pemBlocks(pem).flatMap(({ label, der }) => (label === 'CERTIFICATE' ? [new X509Certificate(der)] : []))
}

function vouchesFor(ca: X509Certificate, certificate: X509Certificate): boolean {
  return ca.raw.equals(certificate.raw) || (certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
}
