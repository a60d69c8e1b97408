/** What an administrator grants nodes so that they may read kube-root-ca.crt where none of their pods mounts it. */
export function caReader(namespace: string): object[] {
  const group = 'rbac.authorization.k8s.io'
  const metadata = { namespace, name: 'certlet:kube-root-ca' }
  const rule = { apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'], verbs: ['get'] }
  return [
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: [rule] },
    {
      ...{ apiVersion: `${group}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: group, kind: 'Role', name: metadata.name },
      subjects: [{ apiGroup: group, kind: 'Group', name: 'system:nodes' }],
    },
  ]
}
