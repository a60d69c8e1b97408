/** Who may do what with requests, as policies need to know. */
import { createAuthorizer } from '../../lab/authorization/authorizer.ts'
import { createRbac } from '../../lab/authorization/rbac.ts'
import { firstObjects } from '../../lab/control-plane.ts'
import { generationOf } from '../../lab/generation.ts'
import { load } from '../../lab/objects.ts'
import { createRegistry } from '../../lab/registry/registry.ts'
import { createStore, type KubeObject } from '../../lab/storage.ts'
import type { Requestor } from '../policy.ts'

/** A user with all rights that matter. */
export type RequestorOf = (username: string, groups: readonly string[]) => Requestor

/** Requestors under the RBAC objects given, beside the Node authorizer and system:masters. */
export function requestorsUnder(objects: readonly KubeObject[], now: Date): RequestorOf {
  const store = createStore()
  load(createRegistry(store), objects, now)
  const authorize = createAuthorizer(createRbac(store))
  const mayCreate = (name: string, groups: readonly string[], subresource: string): boolean =>
    authorize({
      user: { name, groups },
      ...{ verb: 'create', isResource: true, group: 'certificates.k8s.io', version: '*', path: '' },
      ...{ resource: 'certificatesigningrequests', subresource, namespace: '', name: '' },
    }).allowed
  return (username, groups) => ({
    username,
    groups,
    mayCreate: {
      selfnodeclient: mayCreate(username, groups, 'selfnodeclient'),
      nodeclient: mayCreate(username, groups, 'nodeclient'),
    },
    mayRequest: mayCreate(username, groups, ''),
  })
}

/** Any token will do: it is only there because every new cluster has one. */
const SOME_TOKEN = 'unused.0123456789abcdef'

/** Requestors in a cluster as kubeadm makes it, and as a lab is. */
export function kubeadmRequestors(now: Date): RequestorOf {
  return requestorsUnder(firstObjects(generationOf('1.36'), { token: SOME_TOKEN, kubeadm: true, now }), now)
}
