/** Who sends the request of a case. */
import {
  array,
  description,
  exactOptional,
  literal,
  pipe,
  strictObject,
  string,
  union,
  type InferOutput,
} from 'valibot'

/** An identity as a suite names it. Texts may hold placeholders. */
export const identity = pipe(
  union([
    pipe(literal('node'), description('the node ${node}, a member of system:nodes, as after its bootstrap')),
    pipe(literal('other-node'), description('another node, ${otherNode}')),
    pipe(literal('bootstrap'), description('a bootstrap token, as a new node holds it')),
    pipe(literal('self'), description('whoever the kubeconfig says')),
    pipe(
      strictObject({
        user: pipe(string(), description('name of the user, such as system:serviceaccount:default:ci')),
        groups: exactOptional(
          pipe(array(string()), description('groups of the user; system:authenticated need not be named')),
        ),
      }),
      description('any user, by impersonation'),
    ),
  ]),
  description('who sends the request'),
)

export type Identity = InferOutput<typeof identity>

/** An identity in words, which also tells it from others. */
export function describeIdentity(identity: Identity): string {
  if (typeof identity === 'string') return identity
  const groups = identity.groups ?? []
  return groups.length === 0 ? identity.user : `${identity.user} (${groups.join(', ')})`
}
