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

export interface Rbac {
  authorize(attributes: Attributes): Decision
  /** The rules that apply to a user in a namespace, cluster-wide ones first. */
  rulesFor(user: User, namespace: string): PolicyRule[]
}

export const RBAC_GROUP = 'rbac.authorization.k8s.io'
const collection = (plural: string) => `${plural}.${RBAC_GROUP}`
const COLLECTIONS = ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'].map(collection)

/** What one binding gives to a user. */
interface Grant {
  readonly rules: PolicyRule[]
  /** Shown where one of the rules allows a request. */
  readonly reason: string
  /** The role that is bound but not there; empty if it is. */
  readonly missing: string
}

/** Of how many users grants are remembered. */
const MOST_USERS = 1000

export function createRbac(store: Store): Rbac {
  const bindings = (plural: string): KubeObject[] => (store.list(collection(plural)) ?? []).map(([, object]) => object)
  const grantBy = (binding: KubeObject, kind: string, user: User): Grant | undefined => {
    const namespaceOfBinding = binding.metadata.namespace
    const subjects = (binding['subjects'] ?? []) as unknown as Subject[]
    const subject = subjects.find((one) => applies(one, user, namespaceOfBinding))
    if (!subject) return undefined
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
    return { rules: (role?.['rules'] ?? []) as unknown as PolicyRule[], reason, missing }
  }
  const findGrants = (user: User, namespace: string): Grant[] =>
    [
      ...bindings('clusterrolebindings').map((binding) => grantBy(binding, 'ClusterRoleBinding', user)),
      ...(namespace === '' ? [] : bindings('rolebindings'))
        .filter(({ metadata }) => metadata.namespace === namespace)
        .map((binding) => grantBy(binding, 'RoleBinding', user)),
    ].filter((grant) => grant !== undefined)

  /** Grants found before, until a role or a binding changes: every request asks, and bindings change seldom. */
  const known = new Map<string, readonly Grant[]>()
  let knownAt = 0
  const grantsOf = (user: User, namespace: string): readonly Grant[] => {
    // Each only grows.
    const revisions = COLLECTIONS.reduce((sum, name) => sum + store.revisionOf(name), 0)
    if (revisions !== knownAt || known.size >= MOST_USERS) known.clear()
    knownAt = revisions
    const key = JSON.stringify([user.name, namespace, user.groups])
    const grants = known.get(key) ?? findGrants(user, namespace)
    known.set(key, grants)
    return grants
  }

  return {
    authorize(attributes) {
      const errors: string[] = []
      for (const { rules, reason, missing } of grantsOf(attributes.user, attributes.namespace)) {
        if (missing) errors.push(missing)
        if (rulesAllow(rules, attributes)) return { allowed: true, reason }
      }
      const shown = errors.length > 1 ? `[${errors.join(', ')}]` : errors[0]
      return { allowed: false, reason: shown ? `RBAC: ${shown}` : '' }
    },
    rulesFor: (user, namespace) => grantsOf(user, namespace).flatMap(({ rules }) => rules),
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
