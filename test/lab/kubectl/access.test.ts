import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { secret } from '../../support/command.ts'
import { needsKubectl, type Row, startKubectl } from '../../support/kubectl.ts'

/** The answer; a warning about kinds without a namespace may follow. */
const says = (answer: 'yes' | 'no'): RegExp =>
  new RegExp(`^${answer}(
| - )`)
const NODE = '--as=system:node:n1 --as-group=system:nodes'

describe('access, by kubectl', function () {
  this.timeout(60_000)
  before(needsKubectl)

  const chains: Readonly<Record<string, readonly Row[]>> = {
    whoami: [
      {
        line: 'auth whoami',
        prints:
          /^ATTRIBUTE +VALUE\nUsername +kubernetes-admin\nGroups +\[system:masters system:authenticated\]\nExtra: authentication.kubernetes.io\/credential-id +\[X509SHA256=[0-9a-f]{64}\]\n$/,
      },
      { line: 'auth whoami -o jsonpath={.status.userInfo.username}', prints: 'kubernetes-admin' },
      { line: 'auth whoami --as=bob', prints: /\nUsername +bob\n/ },
      { line: 'auth can-i create csr', prints: says('yes') },
      { line: `auth can-i create csr ${NODE}`, prints: says('yes') },
      { line: `auth can-i create csr --subresource=selfnodeclient ${NODE}`, prints: says('yes') },
      { line: `auth can-i create csr --subresource=nodeclient ${NODE}`, prints: says('no'), code: 1 },
      { line: `auth can-i delete nodes ${NODE}`, prints: says('no'), code: 1 },
      { line: 'auth can-i get /version --as=bob', prints: 'yes' },
      {
        line: 'auth can-i --list',
        prints: /^Resources +Non-Resource URLs +Resource Names +Verbs\n\*\.\* +\[\] +\[\] +\[\*\]\n/,
      },
      {
        line: `auth can-i --list ${NODE}`,
        prints:
          /\n\S+selfnodeclient +\[\] +\[\] +\[create\]\n[^]*Warning: .*node authorizer does not support user rule resolution/,
      },
      {
        line: 'get csr --as=bob',
        prints:
          'Error from server (Forbidden): certificatesigningrequests.certificates.k8s.io is forbidden: User "bob" cannot list resource "certificatesigningrequests" in API group "certificates.k8s.io" at the cluster scope',
        code: 1,
      },
    ],
    roles: [
      { line: 'auth can-i list nodes --as=eve', prints: says('no'), code: 1 },
      {
        line: 'create clusterrole lister --verb=get,list --resource=nodes',
        prints: 'clusterrole.rbac.authorization.k8s.io/lister created',
      },
      {
        line: 'create clusterrolebinding listers --clusterrole=lister --user=eve --group=them',
        prints: 'clusterrolebinding.rbac.authorization.k8s.io/listers created',
      },
      { line: 'auth can-i list nodes --as=eve', prints: says('yes') },
      { line: 'get nodes --as=eve', prints: 'No resources found' },
      {
        line: 'describe clusterrole lister',
        prints:
          /^Name: +lister\n[^]*PolicyRule:\n +Resources +Non-Resource URLs +Resource Names +Verbs\n.*\n +nodes +\[\] +\[\] +\[get list\]\n$/,
      },
      {
        line: 'describe clusterrolebinding listers',
        prints: /\n +Kind: +ClusterRole\n +Name: +lister\n[^]*\n +User +eve *\n +Group +them *\n$/,
      },
      { line: 'get clusterrolebinding listers', prints: /^NAME +ROLE +AGE\nlisters +ClusterRole\/lister +\d+s\n$/ },
      {
        line: 'create role reader --verb=get --resource=secrets --resource-name=s1',
        prints: 'role.rbac.authorization.k8s.io/reader created',
      },
      {
        line: 'create rolebinding readers --role=reader --user=eve',
        prints: 'rolebinding.rbac.authorization.k8s.io/readers created',
      },
      { line: 'auth can-i get secret/s1 --as=eve', prints: 'yes' },
      { line: 'auth can-i get secret/s2 --as=eve', prints: 'no', code: 1 },
      { line: 'auth reconcile -f approver.json', prints: /clusterrole.rbac.authorization.k8s.io\/approver reconciled/ },
      {
        line: 'get clusterrole approver -o jsonpath={.rules[0].resourceNames[0]}',
        prints: 'kubernetes.io/kubelet-serving',
      },
    ],
  }

  it('is given and asked for as on a cluster', async () => {
    await using kubectl = await startKubectl()
    const rule = { apiGroups: ['certificates.k8s.io'], resources: ['signers'], verbs: ['approve'] }
    kubectl.write('approver.json', {
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'approver' } },
      rules: [{ ...rule, resourceNames: ['kubernetes.io/kubelet-serving'] }],
    })
    await kubectl.rows({ line: 'get csr', prints: 'No resources found' })
    await Promise.all(Object.values(chains).map((rows) => kubectl.rows(...rows)))
  })

  it('by a service account’s token goes as far as its roles', async () => {
    await using kubectl = await startKubectl()
    await kubectl.request('one')
    await kubectl.rows(
      { line: 'create token approver', prints: /serviceaccounts "approver" not found/, code: 1 },
      { line: 'create serviceaccount approver', prints: 'serviceaccount/approver created' },
      { line: 'create token approver --duration=1m', prints: /duration less than 10 minutes/, code: 1 },
      { line: 'create -f one.json', prints: /created/ },
    )
    const { stdout } = await kubectl.run('create token approver --duration=20m')
    const token = secret(stdout.trim())
    const kubeconfig = 'account.conf'
    writeFileSync(kubectl.path(kubeconfig), kubectl.lab.bootstrapKubeconfig({ token }), { mode: 0o600 })
    await kubectl.rows(
      {
        line: 'auth whoami',
        kubeconfig,
        prints:
          /\nUsername +system:serviceaccount:default:approver\nUID +\S+\nGroups +\[system:serviceaccounts system:serviceaccounts:default system:authenticated\]\n/,
      },
      { line: 'get csr', kubeconfig, prints: /Forbidden/, code: 1 },
      {
        line: 'create clusterrolebinding approver --clusterrole=cluster-admin --serviceaccount=default:approver',
        prints: /created/,
      },
      { line: 'certificate approve one', kubeconfig, prints: /approved/ },
      { line: 'delete serviceaccount approver', prints: /deleted/ },
      { line: 'get csr', kubeconfig, prints: /You must be logged in to the server/, code: 1 },
    )
  })

  it('by a bootstrap token goes as far as a token goes', async () => {
    await using kubectl = await startKubectl()
    writeFileSync(kubectl.path('token.conf'), kubectl.lab.bootstrapKubeconfig(), { mode: 0o600 })
    const asToken = { KUBECONFIG: kubectl.path('token.conf') }
    const whoami = await kubectl.run('auth whoami', asToken)
    assert.match(
      whoami.stdout,
      /\nUsername +system:bootstrap:\w{6}\nGroups +\[system:bootstrappers system:bootstrappers:kubeadm:default-node-token system:authenticated\]\n/,
    )
    await kubectl.request('one')
    assert.equal((await kubectl.run('create -f one.json', asToken)).code, 0)
    const approve = await kubectl.run('certificate approve one', asToken)
    assert.equal(approve.code, 1)
    assert.match(
      approve.stderr,
      /Error from server \(Forbidden\): .* cannot update resource "certificatesigningrequests\/approval"/,
    )
  })
})
