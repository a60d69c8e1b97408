/** Requests as the page shows them. Pure. */
import { createHash, X509Certificate } from 'node:crypto'
import { certificatePem, type CertificateSigningRequest, conditionsOf, hasCondition } from '../controllers/csr.ts'
import { explainApproval, type MayCreate } from '../controllers/explain-approval.ts'
import { type ParsedRequest, readRequestField } from '../pki/certificate-request.ts'
import type { ApprovalSettings } from '../settings.ts'
import type { CertificateView, Moment, RequestDetail, RequestState, RequestSummary } from './protocol.ts'

/** @param moments - what is known of its way. */
export function summaryOf(csr: CertificateSigningRequest, moments: readonly Moment[]): RequestSummary {
  return {
    name: csr.metadata.name,
    state: stateOf(csr),
    signer: csr.spec.signerName,
    requestor: csr.spec.username ?? '',
    commonName: commonNameOf(csr),
    createdAt: moments.find(({ step }) => step === 'created')?.at ?? 0,
  }
}

export function detailOf(
  csr: CertificateSigningRequest,
  moments: readonly Moment[],
  { policy, mayCreate }: { policy: ApprovalSettings; mayCreate: MayCreate },
): RequestDetail {
  const { spec } = csr
  const parsed = readRequestField(csr.spec.request)
  const certificate = certificateOf(csr)
  return {
    ...summaryOf(csr, moments),
    ...('ok' in parsed ? decoded(parsed.ok) : { ...NOTHING_READ, unreadable: parsed.error }),
    usages: spec.usages ?? [],
    groups: spec.groups ?? [],
    ...(spec.expirationSeconds !== undefined && { expirationSeconds: spec.expirationSeconds }),
    conditions: conditionsOf(csr).map(({ type, reason = '', message = '' }) => ({ type, reason, message })),
    ...(certificate && { certificate }),
    moments,
    opinions: 'ok' in parsed ? explainApproval(csr, parsed.ok, { policy, mayCreate }) : [],
  }
}

/** A request that was refused by the signer counts as failed, whatever else was said of it. */
function stateOf(csr: CertificateSigningRequest): RequestState {
  if (hasCondition(csr, 'Denied')) return 'denied'
  if (hasCondition(csr, 'Failed')) return 'failed'
  if (certificatePem(csr) !== undefined) return 'issued'
  return hasCondition(csr, 'Approved') ? 'approved' : 'pending'
}

/** The common name that a request asks for; empty where it cannot be read. */
export const commonNameOf = remembered((csr) => {
  const parsed = readRequestField(csr.spec.request)
  return 'ok' in parsed ? parsed.ok.subject.commonName : ''
})

/** What is issued, as far as it can be read: faults of the signer hand out other things as well. */
export const certificateOf = remembered((csr): CertificateView | 'unreadable' | undefined => {
  const pem = certificatePem(csr)
  if (pem === undefined) return undefined
  try {
    const { serialNumber, validFromDate, validToDate } = new X509Certificate(pem)
    return { serial: serialNumber, notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() }
  } catch {
    return 'unreadable'
  }
})

/** Objects in the store are never changed, only replaced: what was read of one holds. */
function remembered<T>(read: (csr: CertificateSigningRequest) => T): (csr: CertificateSigningRequest) => T {
  const known = new WeakMap<CertificateSigningRequest, { readonly value: T }>()
  return (csr) => {
    const found = known.get(csr) ?? { value: read(csr) }
    known.set(csr, found)
    return found.value
  }
}

const SUBJECT_ALT_NAME = '2.5.29.17'

function decoded(request: ParsedRequest) {
  const { dnsNames, ipAddresses, emailAddresses, uris, publicKey, spki, subject } = request
  const { algorithm, curve, bits } = publicKey
  return {
    subject: subject.attributes.map(({ type, value }) => ({ type: SHORT[type] ?? type, value: value ?? '(no text)' })),
    ...{ dnsNames, ipAddresses, emailAddresses, uris },
    key: [algorithm, curve, bits].filter((part) => part !== undefined).join(' '),
    keyDigest: createHash('sha256').update(spki).digest('hex'),
    extensions: request.extensions.filter((id) => id !== SUBJECT_ALT_NAME).map((id) => EXTENSIONS[id] ?? id),
  }
}

const NOTHING_READ = {
  ...{ subject: [], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [], extensions: [] },
  ...{ key: '', keyDigest: '' },
}

/** Source: RFC 4514 §3, RFC 4519. */
const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'postalCode',
}

/** Source: RFC 5280 §4.2.1. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  '2.5.29.14': 'subject key identifier',
  '2.5.29.15': 'key usage',
  '2.5.29.19': 'basic constraints',
  '2.5.29.30': 'name constraints',
  '2.5.29.31': 'CRL distribution points',
  '2.5.29.32': 'certificate policies',
  '2.5.29.35': 'authority key identifier',
  '2.5.29.37': 'extended key usage',
}
