/** Policy rules and whether they cover a request. Source: `pkg/apis/rbac/v1/evaluation_helpers.go`. */
import type { Attributes } from './authorizer.ts'

export interface PolicyRule {
  verbs: readonly string[]
  apiGroups?: readonly string[]
  resources?: readonly string[]
  resourceNames?: readonly string[]
  nonResourceURLs?: readonly string[]
}

export function rulesAllow(rules: readonly PolicyRule[], attributes: Attributes): boolean {
  return rules.some((rule) => ruleAllows(rule, attributes))
}

function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false
  if (!attributes.isResource) return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path))
  const { group, resource, subresource, name } = attributes
  const names = rule.resourceNames ?? []
  return (
    has(rule.apiGroups, group) &&
    (rule.resources ?? []).some((allowed) => resourceMatches(allowed, resource, subresource)) &&
    (names.length === 0 || names.includes(name))
  )
}

const has = (allowed: readonly string[] | undefined, wanted: string) =>
  allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted))

function resourceMatches(allowed: string, resource: string, subresource: string): boolean {
  if (allowed === '*') return true
  if (allowed === (subresource ? `${resource}/${subresource}` : resource)) return true
  return subresource !== '' && allowed === `*/${subresource}`
}

function urlMatches(allowed: string, path: string): boolean {
  return allowed === '*' || allowed === path || (allowed.endsWith('*') && path.startsWith(allowed.replace(/\*+$/, '')))
}
