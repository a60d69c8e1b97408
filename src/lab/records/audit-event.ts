/**
 * Audit events as kube-apiserver writes them at level Metadata: who did what, and what came of it; never a body, a header or a token.
 * Source: apiserver pkg/apis/audit/v1/types.go (Event), pkg/audit/request.go (NewEventFromRequest, LogResponseObject).
 */
import type { User } from '../authentication/user.ts'
import type { RequestRecord } from './request-record.ts'

/** `audit.k8s.io/v1` Event. */
export interface AuditEvent {
  readonly kind: 'Event'
  readonly apiVersion: 'audit.k8s.io/v1'
  readonly level: 'Metadata'
  readonly auditID: string
  readonly stage: 'ResponseStarted' | 'ResponseComplete'
  readonly requestURI: string
  readonly verb: string
  readonly user: AuditUser
  readonly impersonatedUser?: AuditUser
  readonly sourceIPs?: readonly string[]
  readonly userAgent?: string
  readonly objectRef?: AuditObject
  readonly responseStatus: AuditStatus
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
}

export interface AuditUser {
  readonly username?: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface AuditObject {
  readonly resource?: string
  readonly namespace?: string
  readonly name?: string
  readonly apiGroup?: string
  readonly apiVersion?: string
  readonly subresource?: string
}

/** The part of a Status that is kept. */
export interface AuditStatus {
  readonly metadata: Readonly<Record<string, never>>
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: object
  readonly code: number
}

/** @param at - when the stage was reached. Pure. */
export function auditEventOf(record: RequestRecord, stage: AuditEvent['stage'], at: Date): AuditEvent {
  const { request, info, exchange, receivedAt, seen } = record
  const { requester, user, decision } = exchange ?? {}
  const userAgent = request.headers['user-agent']?.[0]
  const impersonated = user !== undefined && user !== requester
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: record.auditId,
    stage,
    requestURI: request.path,
    verb: info.verb,
    user: requester ? userOf(requester) : exchange ? {} : { username: seen.user },
    ...(impersonated && { impersonatedUser: userOf(user) }),
    ...(request.remoteAddress !== undefined && { sourceIPs: [request.remoteAddress] }),
    // The real server cuts it at 1024 characters. Source: pkg/audit/request.go (maxUserAgentLength).
    ...(userAgent && { userAgent: userAgent.slice(0, 1024) }),
    ...(info.isResource && { objectRef: objectOf(record) }),
    responseStatus: statusOf(record),
    requestReceivedTimestamp: microTime(receivedAt),
    stageTimestamp: microTime(at),
    ...(decision && {
      annotations: {
        'authorization.k8s.io/decision': decision.allowed ? 'allow' : 'forbid',
        'authorization.k8s.io/reason': decision.reason,
      },
    }),
  }
}

function userOf({ name, uid, groups, extra }: User): AuditUser {
  return { username: name, ...(uid && { uid }), groups: [...groups], ...(extra && { extra }) }
}

function objectOf({ info }: RequestRecord): AuditObject {
  const { resource, namespace, name, group, version, subresource } = info
  return {
    ...(resource && { resource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(group && { apiGroup: group }),
    ...(version && { apiVersion: version }),
    ...(subresource && { subresource }),
  }
}

/** Of an answer that is a Status itself, what is bounded in size is kept. */
function statusOf({ seen, exchange }: RequestRecord): AuditStatus {
  const body = exchange?.response.body
  if (!(body instanceof Uint8Array) || !Buffer.from(body.subarray(0, 16)).toString().startsWith('{"kind":"Status"'))
    return { metadata: {}, code: seen.status }
  const { status, message, reason, details } = JSON.parse(Buffer.from(body).toString()) as Partial<AuditStatus>
  return {
    metadata: {},
    ...(status && { status }),
    ...(message && { message }),
    ...(reason && { reason }),
    ...(details && { details }),
    code: seen.status,
  }
}

/** Source: apimachinery pkg/apis/meta/v1/micro_time.go. */
const microTime = (date: Date): string => date.toISOString().replace(/Z$/, '000Z')
