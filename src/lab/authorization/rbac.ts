/**
 * RBAC over the Role, ClusterRole and binding objects that are in the store at that moment.
 * Source: `plugin/pkg/auth/authorizer/rbac/rbac.go`, `pkg/registry/rbac/validation/rule.go`.
 */
import type { User } from '../authentication/user.ts'
import type { KubeObject, Store } from '../storage.ts'
import type { Attributes, Decision } from './authorizer.ts'
import { rulesAllow, type PolicyRule } from './rules.ts'

interface Subject {
  kind: string
  name: string
  namespace?: string
}
interface RoleRef {
  kind: string
  name: string
}
interface Binding extends KubeObject {
  subjects?: never
}

export interface Rbac {
  authorize(attributes: Attributes): Decision
  /** The rules that apply to a user in a namespace, cluster-wide ones first. */
  rulesFor(user: User, namespace: string): PolicyRule[]
}

export const RBAC_GROUP = 'rbac.authorization.k8s.io'
const collection = (plural: string) => `${plural}.${RBAC_GROUP}`

export function createRbac(store: Store): Rbac {
  /** Visits each rule set that a binding gives to the user, until the visitor returns true. */
  const visit = (
    user: User,
    namespace: string,
    visitor: (rules: PolicyRule[], reason: string, missing: string) => boolean,
  ) => {
    const bindings = (plural: string) => (store.list(collection(plural)) ?? []).map(([, object]) => object as Binding)
    const each = (binding: KubeObject, kind: string) => {
      const namespaceOfBinding = binding.metadata.namespace
      const subjects = (binding['subjects'] ?? []) as unknown as Subject[]
      const subject = subjects.find((one) => applies(one, user, namespaceOfBinding))
      if (!subject) return false
      const ref = binding['roleRef'] as unknown as RoleRef
      const role =
        ref.kind === 'ClusterRole'
          ? store.get(collection('clusterroles'), ref.name)
          : store.get(collection('roles'), `${namespaceOfBinding ?? ''}/${ref.name}`)
      const bound = namespaceOfBinding
        ? `${binding.metadata.name ?? ''}/${namespaceOfBinding}`
        : (binding.metadata.name ?? '')
      const reason = `RBAC: allowed by ${kind} ${JSON.stringify(bound)} of ${ref.kind} ${JSON.stringify(ref.name)} to ${describe(subject)}`
      const plural = ref.kind === 'ClusterRole' ? 'clusterrole' : 'role'
      const missing = role ? '' : `${plural}.${RBAC_GROUP} ${JSON.stringify(ref.name)} not found`
      return visitor((role?.['rules'] ?? []) as unknown as PolicyRule[], reason, missing)
    }
    for (const binding of bindings('clusterrolebindings')) if (each(binding, 'ClusterRoleBinding')) return
    if (!namespace) return
    for (const binding of bindings('rolebindings'))
      if (binding.metadata.namespace === namespace && each(binding, 'RoleBinding')) return
  }

  return {
    authorize(attributes) {
      let decision: Decision | undefined
      const errors: string[] = []
      visit(attributes.user, attributes.namespace, (rules, reason, missing) => {
        if (missing) errors.push(missing)
        if (rulesAllow(rules, attributes)) decision = { allowed: true, reason }
        return decision !== undefined
      })
      const shown = errors.length > 1 ? `[${errors.join(', ')}]` : errors[0]
      return decision ?? { allowed: false, reason: shown ? `RBAC: ${shown}` : '' }
    },
    rulesFor(user, namespace) {
      const found: PolicyRule[] = []
      visit(user, namespace, (rules) => {
        found.push(...rules)
        return false
      })
      return found
    },
  }
}

function applies(subject: Subject, user: User, namespaceOfBinding: string | undefined): boolean {
  switch (subject.kind) {
    case 'User':
      return user.name === subject.name
    case 'Group':
      return user.groups.includes(subject.name)
    case 'ServiceAccount': {
      const namespace = subject.namespace ?? namespaceOfBinding ?? ''
      return namespace !== '' && user.name === `system:serviceaccount:${namespace}:${subject.name}`
    }
    default:
      return false
  }
}

function describe(subject: Subject): string {
  const name = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? ''}` : subject.name
  return `${subject.kind} ${JSON.stringify(name)}`
}
