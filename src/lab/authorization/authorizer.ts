/** Who may do what: system:masters, then the Node authorizer, then RBAC, as `--authorization-mode=Node,RBAC` has it. */
import type { User } from '../authentication/user.ts'
import type { RequestInfo } from '../request.ts'
import { authorizeNode } from './node.ts'
import type { Rbac } from './rbac.ts'

export interface Attributes {
  user: User
  verb: string
  isResource: boolean
  group: string
  version: string
  resource: string
  subresource: string
  namespace: string
  name: string
  /** For requests that are not about resources. */
  path: string
}

export interface Decision {
  allowed: boolean
  /** Why, as shown in reviews and at the end of 403 messages; often empty. */
  reason: string
}

export type Authorize = (attributes: Attributes) => Decision

/** Source: `pkg/kubeapiserver/authorizer/config.go`; `user.SystemPrivilegedGroup` passes before all modes. */
export function createAuthorizer(rbac: Rbac): Authorize {
  return (attributes) => {
    if (attributes.user.groups.includes('system:masters')) return { allowed: true, reason: '' }
    const node = authorizeNode(attributes)
    if (node.allowed) return node
    const byRole = rbac.authorize(attributes)
    if (byRole.allowed) return byRole
    return { allowed: false, reason: [node.reason, byRole.reason].filter(Boolean).join('\n') }
  }
}

/** The attributes of a request. */
export function attributesOf(user: User, info: RequestInfo): Attributes {
  const { verb, isResource, group, version, resource, subresource, namespace, name, path } = info
  return { user, verb, isResource, group, version, resource, subresource, namespace, name, path }
}

/** The middle of every 403 message. Source: `staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`. */
export function describeDenial(attributes: Attributes, reason: string): string {
  const { user, verb, isResource, path, resource, subresource, group, namespace } = attributes
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope'
  const what = subresource ? `${resource}/${subresource}` : resource
  const denial = isResource
    ? `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`
    : `${who} path ${JSON.stringify(path)}`
  return reason ? `${denial}: ${reason}` : denial
}
