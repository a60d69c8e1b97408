import type { Plan, PlannedRequest } from '../agent/dry-run.ts'
import type { BootstrapSettings } from '../agent/settings.ts'
import { columns } from './columns.ts'

/** A plan for people: what would be sent, written and removed. */
export function describePlan(plan: Plan, settings: BootstrapSettings): string {
  const head = columns([
    ['node', settings.identity.commonName],
    ['server', plan.server],
    ...plan.insecure.map((reason) => ['insecure', reason] as const),
    ...(plan.usableUntil
      ? [['client', `valid credential already there until ${plan.usableUntil.toISOString()}`] as const]
      : []),
  ])
  const tail = columns([
    ...plan.writes.map((path) => ['would write', path] as const),
    ...plan.removes.map((path) => ['would remove', path] as const),
  ])
  return `${head}${plan.requests.map(describeRequest).join('')}\n${tail}Nothing was sent or written.\n`
}

function describeRequest({ purpose, object, decoded }: PlannedRequest): string {
  const names = [...decoded.subjectAltNames.dnsNames, ...decoded.subjectAltNames.ipAddresses]
  const rows = columns([
    ['name', `${object.name} (of this key; a real run makes another)`],
    ['signer', object.signerName],
    ['subject', `O=${decoded.organization.join('+')}, CN=${decoded.commonName}`],
    ...(names.length > 0 ? [['names', names.join(', ')] as const] : []),
    ['usages', object.usages.join(', ')],
    ...(object.expirationSeconds === undefined ? [] : [['expiration', `${object.expirationSeconds} s`] as const]),
  ])
  return `\nwould request a ${purpose} certificate:\n${rows.replace(/^/gm, '  ').trimEnd()}\n`
}

/** A plan for programs. */
export function planAsJson(plan: Plan): object {
  return {
    dryRun: true,
    server: plan.server,
    insecure: plan.insecure,
    clientUsableUntil: plan.usableUntil?.toISOString() ?? null,
    requests: plan.requests.map(({ purpose, object, decoded }) => ({
      purpose,
      ...object,
      decoded: {
        organization: decoded.organization,
        commonName: decoded.commonName,
        ...decoded.subjectAltNames,
        signatureValid: decoded.signatureValid,
      },
    })),
    writes: plan.writes,
    removes: plan.removes,
  }
}
