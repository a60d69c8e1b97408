import type { Exchange } from '../api-server.ts'
import type { Fault } from '../faults/fault.ts'
import type { LabRequest, RequestInfo } from '../request.ts'

/** One request, for those who watch the lab. */
export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** As whom it was carried out; `system:unauthenticated` when nobody was recognised. */
  readonly user: string
  /** Of the answer; 0 when none was given. Behind a fault that loses the answer, the status of the lost one. */
  readonly status: number
  /** As authorization sees it: `create`, `list`, `watch`, …; for other paths than resources the method in lower case. */
  readonly verb: string
  /** Plural name, with a subresource as in `certificatesigningrequests/approval`; empty for other paths. */
  readonly resource: string
  /** Of the object, where the request names one. */
  readonly name: string
  /** The faults that struck it. */
  readonly faults: readonly Fault['fault'][]
}

/** All that the lab keeps about a request until it is answered to the end. */
export interface RequestRecord {
  readonly request: LabRequest
  readonly info: RequestInfo
  readonly receivedAt: Date
  /** UUID, sent as `Audit-Id` with the answer. */
  readonly auditId: string
  readonly seen: SeenRequest
  /** Missing where a fault answered in the API server's place. */
  readonly exchange?: Exchange
}

/** What is seen of a request. */
export function seenOf(
  request: LabRequest,
  info: RequestInfo,
  outcome: { status: number; user?: string | undefined; faults: readonly Fault[] },
): SeenRequest {
  return {
    method: request.method,
    path: request.path,
    user: outcome.user ?? 'system:unauthenticated',
    status: outcome.status,
    verb: info.verb,
    resource: info.subresource ? `${info.resource}/${info.subresource}` : info.resource,
    name: info.name,
    faults: outcome.faults.map(({ fault }) => fault),
  }
}
