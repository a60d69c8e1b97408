import { needsKubectl, type Row, startKubectl } from '../../support/kubectl.ts'

const LEASE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'one', namespace: 'default' },
  spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
}
const EVENT = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'one.1', namespace: 'default' },
  involvedObject: { kind: 'Node', name: 'w1', apiVersion: 'v1', uid: 'w1' },
  ...{ reason: 'Joined', message: 'it has a certificate', type: 'Normal', count: 1 },
  ...{ firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:00Z', source: { component: 'demo' } },
}

describe('everything else, by kubectl', function () {
  this.timeout(60_000)
  before(needsKubectl)

  /** Each chain of rows runs beside the others, on objects of its own. */
  const chains: Readonly<Record<string, readonly Row[]>> = {
    discovery: [
      { line: 'version', prints: /^Server Version: v1\.36\.0-certlet-lab$/m },
      { line: 'api-versions', prints: /^certificates\.k8s\.io\/v1\n/m },
      {
        line: 'api-resources --api-group=certificates.k8s.io',
        prints:
          /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\ncertificatesigningrequests +csr +certificates.k8s.io\/v1 +false +CertificateSigningRequest\n$/,
      },
      {
        line: 'explain csr.spec',
        prints: /\nFIELD: spec <CertificateSigningRequestSpec>\n[^]*\n +signerName\t<string>/,
      },
      { line: 'cluster-info', prints: /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/ },
      { line: 'get --raw /readyz', prints: 'ok' },
      { line: 'get --raw /lab/faults', prints: '[]' },
      { line: 'replace --raw /lab/faults -f faults.json', prints: /"nobody"/ },
      { line: 'get --raw /lab/faults', prints: /"nobody"/ },
      { line: 'delete --raw /lab/faults', prints: /./ },
      { line: 'get --raw /lab/faults', prints: '[]' },
      { line: 'get foo', prints: `error: the server doesn't have a resource type "foo"`, code: 1 },
      { line: 'get all', prints: 'No resources found in default namespace.' },
    ],
    nodes: [
      { line: 'get nodes', prints: 'No resources found' },
      { line: 'create -f node.json', prints: 'node/w1 created' },
      { line: 'label node w1 node-role.kubernetes.io/worker=', prints: 'node/w1 labeled' },
      { line: 'get nodes', prints: /^NAME +STATUS +ROLES +AGE +VERSION *\nw1 +Unknown +worker +\d+s *\n$/ },
      {
        line: 'get node w1 -o wide',
        prints: /VERSION +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME *\n/,
      },
      { line: 'cordon w1', prints: 'node/w1 cordoned' },
      { line: 'drain w1', prints: /node\/w1 drained/ },
      { line: 'get node w1', prints: /\nw1 +Unknown,SchedulingDisabled +worker / },
      { line: 'taint node w1 a=b:NoSchedule', prints: 'node/w1 tainted' },
      { line: 'create -f event.json', prints: 'event/one.1 created' },
      {
        line: 'describe node w1',
        prints:
          /^Name: +w1\nRoles: +worker\n[^]*Taints: +[^]*a=b:NoSchedule[^]*Unschedulable: +true\n[^]*Non-terminated Pods: +\(0 in total\)/,
      },
      {
        line: 'get events',
        prints: /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\S+ +Normal +Joined +node\/w1 +it has a certificate\n$/,
      },
      {
        line: 'events',
        prints: /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n.*Joined +Node\/w1 +it has a certificate\n$/,
      },
      { line: 'delete node w1', prints: /^node "w1" deleted/ },
    ],
    'secrets, config maps, leases, namespaces': [
      { line: 'create secret generic s1 --from-literal=a=b', prints: 'secret/s1 created' },
      { line: 'get secret s1', prints: /^NAME +TYPE +DATA +AGE\ns1 +Opaque +1 +\d+s\n$/ },
      {
        line: 'describe secret s1',
        prints: /^Name: +s1\nNamespace: +default\n[^]*\nType: +Opaque\n\nData\n====\na: +1 bytes\n$/,
      },
      {
        line: 'create secret generic s1 -n nowhere',
        prints: /namespaces "nowhere" not found$/m,
        code: 1,
      },
      { line: 'create configmap c1 --from-literal=a=b', prints: 'configmap/c1 created' },
      {
        line: 'get cm -A',
        prints: /\ndefault +c1 +1 +\d+s\ndefault +kube-root-ca.crt +1 [^]*\nkube-public +cluster-info +\d+ +\d+s\n/,
      },
      { line: 'apply -f lease.json', prints: 'lease.coordination.k8s.io/one created' },
      { line: 'apply -f lease.json', prints: 'lease.coordination.k8s.io/one unchanged' },
      { line: 'get lease', prints: /^NAME +HOLDER +AGE\none +me +\d+s\n$/ },
      {
        line: 'describe lease one',
        prints: /\n +Holder Identity: +me\n +Lease Duration Seconds: +15\n +Renew Time: +2026-01-01T00:00:00.000000Z\n/,
      },
      { line: 'delete lease --all', prints: /^lease.coordination.k8s.io "one" deleted/ },
      { line: 'create namespace team', prints: 'namespace/team created' },
      { line: 'get ns team', prints: /^NAME +STATUS +AGE\nteam +Active +\d+s\n$/ },
      {
        line: 'describe ns team',
        prints: /^Name: +team\nLabels: +kubernetes.io\/metadata.name=team\n[^]*\nStatus: +Active\n/,
      },
      { line: 'delete ns team', prints: /^namespace "team" deleted/ },
      {
        line: 'delete ns kube-system',
        prints:
          /^Error from server \(Forbidden\): namespaces "kube-system" is forbidden: this namespace may not be deleted$/m,
        code: 1,
      },
    ],
  }

  it('works as on a cluster', async () => {
    await using kubectl = await startKubectl()
    kubectl.write('node.json', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'w1', uid: 'w1' } })
    kubectl.write('lease.json', LEASE)
    kubectl.write('event.json', EVENT)
    kubectl.write('faults.json', [{ fault: 'status', code: 503, user: 'nobody' }])
    await kubectl.rows({ line: 'get csr', prints: 'No resources found' })
    await Promise.all(Object.values(chains).map((rows) => kubectl.rows(...rows)))
  })
})
