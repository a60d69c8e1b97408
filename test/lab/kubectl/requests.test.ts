import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { until } from '../../support/command.ts'
import { type Kubectl, needsKubectl, type Row, startKubectl } from '../../support/kubectl.ts'

const CSR = 'certificatesigningrequest.certificates.k8s.io'
const created = (name: string): string => `${CSR}/${name} created`

/** The columns, and a row of one that waits. */
const HEADER = /^NAME +AGE +SIGNERNAME +REQUESTOR +REQUESTEDDURATION +CONDITION\n/
const PENDING = 'kubernetes.io/kube-apiserver-client-kubelet +kubernetes-admin +<none> +Pending'
const row = (name: string, condition: string): RegExp =>
  new RegExp(
    `(^|\n)${name} +\\d+s +kubernetes.io/kube-apiserver-client-kubelet +kubernetes-admin +<none> +${condition}\n`,
  )

describe('requests, by kubectl', function () {
  this.timeout(60_000)
  before(needsKubectl)

  /** Each chain of rows runs beside the others, on objects of its own. */
  const chains: Readonly<Record<string, readonly Row[]>> = {
    'create, get, describe': [
      { line: 'create -f get.json', prints: created('get') },
      {
        line: 'create -f get.json',
        prints: /^Error from server \(AlreadyExists\): error when creating "get.json": /,
        code: 1,
      },
      { line: 'get csr get', prints: new RegExp(`${HEADER.source}get +\\d+s +${PENDING}\n$`) },
      { line: 'get csr get -o wide --no-headers', prints: new RegExp(`^get +\\d+s +${PENDING}\n$`) },
      {
        line: 'get csr -A --field-selector metadata.name=get',
        prints: new RegExp(`^NAME.*\nget +\\d+s +${PENDING}\n$`),
      },
      { line: 'get csr get -o name', prints: `${CSR}/get` },
      {
        line: 'get csr get --output=jsonpath={.spec.signerName}',
        prints: 'kubernetes.io/kube-apiserver-client-kubelet',
      },
      {
        line: 'get csr get -o custom-columns=N:.metadata.name,U:.spec.usages',
        prints: /^N +U\nget +\[digital signature client auth\]\n$/,
      },
      { line: 'get csr get --show-labels', prints: /CONDITION +LABELS\nget .* Pending +app=get\n$/ },
      { line: 'get csr -l app=get --chunk-size=1 -L app', prints: /CONDITION +APP\nget .* Pending +get\n$/ },
      { line: 'get csr -l app=get --sort-by=.metadata.name', prints: HEADER },
      {
        line: 'get csr none',
        prints: `Error from server (NotFound): ${CSR.replace('request.', 'requests.')} "none" not found`,
        code: 1,
      },
      {
        line: 'describe csr get',
        prints:
          /^Name: +get\nLabels: +app=get\n[^]*Requesting User: +kubernetes-admin\nSigner: +kubernetes.io\/kube-apiserver-client-kubelet\nStatus: +Pending\nSubject:\n +Common Name: +system:node:node-get\n +Serial Number: +\n +Organization: +system:nodes\nEvents: +<none>\n$/,
      },
    ],
    'apply, diff, edit, replace': [
      { line: 'apply --dry-run=client -f apply.json', prints: `${created('apply')} (dry run)` },
      { line: 'apply --dry-run=server -f apply.json', prints: `${created('apply')} (server dry run)` },
      { line: 'diff -f apply.json', prints: /\n\+ +name: apply\n/, code: 1 },
      { line: 'apply -f apply.json', prints: created('apply') },
      { line: 'apply -f apply.json', prints: `${CSR}/apply unchanged` },
      { line: 'diff -f apply.json', prints: '' },
      { line: 'diff -f changed.json', prints: /\n\+ +team: blue\n/, code: 1 },
      { line: 'apply --dry-run=server -f changed.json', prints: `${CSR}/apply configured (server dry run)` },
      { line: 'apply -f changed.json', prints: `${CSR}/apply configured` },
      { line: 'get csr apply -o jsonpath={.metadata.labels.team}', prints: 'blue' },
      { line: 'edit csr apply', prints: `${CSR}/apply edited`, editor: 'sed -i "s/team: blue/team: green/"' },
      { line: 'edit csr apply', prints: 'Edit cancelled, no changes made.', editor: 'true' },
      { line: 'get csr apply -o jsonpath={.metadata.labels.team}', prints: 'green' },
      { line: 'replace -f apply.json', prints: `${CSR}/apply replaced` },
      { line: 'get csr apply -o jsonpath={.metadata.labels.team}', prints: '' },
      {
        line: 'apply -f changed.json --server-side',
        prints: /server-side apply not available on the server/i,
        code: 1,
      },
      { line: 'delete -f apply.json', prints: new RegExp(`^${CSR} "apply" deleted`) },
      {
        line: 'replace -f apply.json',
        prints: /^Error from server \(NotFound\): error when replacing "apply.json": /,
        code: 1,
      },
    ],
    'patch, label, annotate': [
      { line: 'create -f patch.json', prints: created('patch') },
      { line: 'label csr patch a=b', prints: `${CSR}/patch labeled` },
      { line: 'label csr patch a=c', prints: /'a' already has a value \(b\), and --overwrite is false/, code: 1 },
      { line: 'label csr patch a=c --overwrite', prints: `${CSR}/patch labeled` },
      { line: 'annotate csr patch note=mine', prints: `${CSR}/patch annotated` },
      { line: `patch csr patch --type=merge -p '{"metadata":{"labels":{"m":"1"}}}'`, prints: `${CSR}/patch patched` },
      {
        line: `patch csr patch --type=json -p '[{"op":"add","path":"/metadata/labels/j","value":"1"}]'`,
        prints: `${CSR}/patch patched`,
      },
      { line: `patch csr patch -p '{"metadata":{"labels":{"s":"1"}}}'`, prints: `${CSR}/patch patched` },
      { line: `patch csr patch -p '{"metadata":{"labels":{"s":"1"}}}'`, prints: `${CSR}/patch patched (no change)` },
      { line: 'label csr patch a-', prints: `${CSR}/patch unlabeled` },
      { line: 'get csr patch -o jsonpath={.metadata.labels}', prints: '{"j":"1","m":"1","s":"1"}' },
      { line: 'get csr patch -o jsonpath={.metadata.annotations.note}', prints: 'mine' },
    ],
    'approve, deny': [
      { line: 'create -f yes.json -f also.json -f no.json', prints: /yes created\n.*also created\n.*no created\n$/ },
      { line: 'certificate approve yes also', prints: `${CSR}/yes approved\n${CSR}/also approved` },
      { line: 'certificate approve yes', prints: `${CSR}/yes approved` },
      { line: 'certificate approve --force yes', prints: `${CSR}/yes approved` },
      { line: 'certificate deny yes', prints: /certificate signing request "yes" is already Approved/, code: 1 },
      { line: 'certificate deny -f no.json', prints: `${CSR}/no denied` },
      { line: 'certificate approve none', prints: /^Error from server \(NotFound\): .*"none" not found$/m, code: 1 },
      {
        line: 'wait --for=condition=Approved csr/yes csr/also',
        prints: `${CSR}/yes condition met\n${CSR}/also condition met`,
      },
      { line: 'wait --for=condition=Denied csr/no', prints: `${CSR}/no condition met` },
      { line: `wait --for=jsonpath='{.status.certificate}' csr/yes`, prints: `${CSR}/yes condition met` },
      {
        line: 'wait --for=condition=Failed csr/yes --timeout=0.1s',
        prints: /timed out waiting for the condition/,
        code: 1,
      },
      { line: 'get csr yes', prints: row('yes', 'Approved,Issued') },
      { line: 'get csr no', prints: row('no', 'Denied') },
      { line: 'describe csr no', prints: /\nStatus: +Denied\n/ },
    ],
    delete: [
      { line: 'create -f held.json -f d1.json -f d2.json', prints: /held created\n.*d1 created\n.*d2 created\n$/ },
      { line: 'delete csr held --wait=false', prints: new RegExp(`^${CSR} "held" deleted`) },
      { line: 'get csr held -o jsonpath={.metadata.deletionGracePeriodSeconds}', prints: '0' },
      { line: 'delete csr -l batch=one', prints: new RegExp(`^${CSR} "d1" deleted.*\n${CSR} "d2" deleted.*\n$`) },
      { line: 'delete csr -l batch=one', prints: 'No resources found' },
      { line: 'delete csr d1', prints: /^Error from server \(NotFound\): /, code: 1 },
      { line: 'delete csr d1 --ignore-not-found', prints: '' },
      { line: `patch csr held --type=merge -p '{"metadata":{"finalizers":null}}'`, prints: `${CSR}/held patched` },
      { line: 'wait --for=delete csr/held', prints: /^$|condition met/ },
      { line: 'get csr held --ignore-not-found', prints: '' },
    ],
  }

  it('work as on a cluster', async () => {
    await using kubectl = await startKubectl()
    await Promise.all([
      kubectl.request('get', { labels: { app: 'get' } }),
      kubectl.request('apply'),
      ...['patch', 'yes', 'also', 'no'].map((name) => kubectl.request(name)),
      kubectl.request('held', { finalizers: ['example.com/wait'] }),
      ...['d1', 'd2'].map((name) => kubectl.request(name, { labels: { batch: 'one' } })),
    ])
    const applied = JSON.parse(readFileSync(kubectl.path('apply.json'), 'utf8')) as { metadata: object }
    kubectl.write('changed.json', { ...applied, metadata: { ...applied.metadata, labels: { team: 'blue' } } })
    // The first command fills the cache of discovery, which the others share.
    await kubectl.rows({ line: 'get csr', prints: 'No resources found' })
    await Promise.all(Object.values(chains).map((rows) => kubectl.rows(...rows)))
    await kubectl.rows({ line: 'delete csr --all', prints: new RegExp(`${CSR} "yes" deleted.*\n$`) })
    await kubectl.rows({ line: 'get csr', prints: 'No resources found' })
  })

  it('are watched in every form while they change', async () => {
    await using kubectl = await startKubectl()
    await kubectl.request('one')
    const { follow, run } = kubectl
    await run('get csr') // discovery
    const plain = follow('get csr -w')
    const wide = follow('get csr --watch-only -o wide')
    const yaml = follow('get csr -w -o yaml')
    const json = follow('get csr -w -o json --output-watch-events')
    const one = follow('get csr -w --field-selector metadata.name=other')
    await until(() => watches(kubectl) === 5, 'five watches')
    assert.equal((await run('create -f one.json')).code, 0)
    const approved = follow('wait --for=condition=Approved csr/one')
    const issued = follow(`wait --for=jsonpath={.status.certificate} csr/one`)
    await until(() => watches(kubectl) === 7, 'two waits')
    assert.equal((await run('certificate approve one')).code, 0)
    assert.deepEqual([(await approved.done).code, (await issued.done).code], [0, 0])
    await until(() => row('one', 'Approved,Issued').test(plain.printed), 'the certificate in a table')
    assert.match(plain.printed, row('one', 'Pending'))
    assert.match(plain.printed, row('one', 'Approved'))
    await until(() => row('one', 'Approved,Issued').test(wide.printed), 'the certificate in a wide table')
    await until(() => yaml.printed.includes('  certificate: '), 'the certificate in YAML')
    const last = load(yaml.printed.split('---\n').at(-1) ?? '') as { kind: string; status: Record<string, unknown> }
    assert.equal(last.kind, 'CertificateSigningRequest')
    assert.ok(last.status['certificate'])
    await until(() => /"certificate": ?"/.test(json.printed), 'the certificate in JSON')
    assert.match(json.printed, /"type": ?"ADDED"[^]*"type": ?"MODIFIED"/)
    assert.equal(one.printed, '')
    const gone = follow('wait --for=delete csr/one')
    await until(() => watches(kubectl) === 8, 'a wait for the end')
    assert.equal((await run('delete csr one')).code, 0)
    assert.equal((await gone.done).code, 0)
  })
})

/** How many watches of requests there were so far. */
const watches = ({ lab }: Kubectl): number =>
  lab.requests.filter(({ path }) => /^[^?]*certificatesigningrequests\?.*watch=true/.test(path)).length
