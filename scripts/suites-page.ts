// Writes docs/probe-suites.md from the built-in suites and policies; a test holds the two together.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readDocument } from '../src/lab/documents/document.ts'
import { type Expectation, expectationOf } from '../src/probe/expectation.ts'
import { fullRequest } from '../src/probe/full-request.ts'
import { describeIdentity, type Identity } from '../src/probe/identity.ts'
import { makeKey, makeRequest } from '../src/probe/make/make-request.ts'
import { policies, strictServingRules } from '../src/probe/policies/index.ts'
import { kubeadmRequestors } from '../src/probe/policies/rights.ts'
import type { Requestor } from '../src/probe/policy.ts'
import { type ProbeKey, requestBody } from '../src/probe/request-body.ts'
import { type ProbeCase, type Suite, suite } from '../src/probe/suite.ts'
import { BUILT_IN } from '../src/probe/suites/names.ts'
import { readSuiteTexts } from '../src/probe/suites/texts.ts'

const values = {
  ...{ node: 'worker-1', otherNode: 'worker-2', nodeIp: '10.0.0.11', otherNodeIp: '10.0.0.12' },
  ...{ apiServer: '10.0.0.1', user: '', run: '', copy: '1' },
}
const server = { minor: 36, nodeAddresses: { 'worker-1': ['10.0.0.11'], 'worker-2': ['10.0.0.12'] } }
const requestorOf = kubeadmRequestors(new Date(0))

function requestorNamed(as: Identity): Requestor {
  if (typeof as === 'object') return requestorOf(as.user.replace('${node}', values.node), as.groups ?? [])
  switch (as) {
    case 'node':
      return requestorOf(`system:node:${values.node}`, ['system:nodes'])
    case 'other-node':
      return requestorOf(`system:node:${values.otherNode}`, ['system:nodes'])
    case 'bootstrap':
      return requestorOf('system:bootstrap:abcdef', ['system:bootstrappers:kubeadm:default-node-token'])
    case 'self':
      return requestorOf('kubernetes-admin', ['system:masters'])
  }
}

/** The page, as Markdown. */
export async function suitesPage(): Promise<string> {
  const texts = readSuiteTexts()
  // What becomes of a request does not depend on its key, and some kinds take seconds to make.
  const key = await makeKey('ecdsa-p256')
  const sections = BUILT_IN.map((name) => section(readDocument(suite, texts[name], name), key))
  return `# The built-in suites and policies

What \`certlet probe\` sends when it is given no suite of your own, and what it expects. Written by \`node scripts/suites-page.ts\` from
\`src/probe/suites/\` and \`src/probe/policies/\`.

## Policies

A policy says what an approver is to do; around it stand the API server's rules and the signer's, which are always those of Kubernetes.
All that it expects is held against the recorded decisions of a real API server, approver and signer.

${policies.map(({ name, describe }) => `- \`${name}\`: ${describe}.`).join('\n')}

\`strict-serving\` approves a serving request if all of this holds:

${strictServingRules
  .map((rule, i) => `${i + 1}. ${rule};`)
  .join('\n')
  .replace(/;$/, '.')}

What breaks a rule may be denied or left alone: approvers differ in that. It may be approved only where the signer refuses it anyway.

### Policy files

An approver of another kind is described in a file, YAML or JSON, for \`--approver FILE\`:

\`\`\`yaml
name: acme # as \`expectFor\` in a suite calls it; the file's name unless set
describe: our approver, in words # for \`certlet probe explain\`
otherwise: stock # where no rule matches: none, stock (unless set), strict-serving or deny
rules: # the first that matches decides
  - signer: kubernetes.io/kubelet-serving
    dnsNames: '*.nodes.acme.example'
    ipAddresses: 10.20.0.0/16
    verdict: approve
  - signer: kubernetes.io/kubelet-serving
    verdict: deny
    reason: NotOurs # held against the condition's, * stands for anything
\`\`\`

Rules are those of \`certlet lab --approval-rules\` ([lab.md](lab.md)); a list of rules alone will do, so that a lab can play the approver
that a probe expects.

## Suites

The tables say what becomes of each case in a cluster as kubeadm makes it, Kubernetes 1.36. Under \`none\` all is pending that the API
server does not reject. *Lab*: the case sets how a lab approves and signs, and is left out on a cluster.

${(await Promise.all(sections)).join('\n\n')}
`
}

async function section(one: Suite, key: ProbeKey): Promise<string> {
  const rows = await Promise.all(one.cases.map((each) => row(one, each, key)))
  return `### ${one.name}

${one.describe}.

| case | asked by | what it stands for | source | \`stock\` | \`strict-serving\` |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}`
}

async function row(one: Suite, each: ProbeCase, key: ProbeKey): Promise<string> {
  const as = each.as ?? one.defaults?.as ?? 'node'
  const requestor = requestorNamed(as)
  const full = fullRequest({ ...one.defaults?.request, ...each.request }, { ...values, user: requestor.username })
  const body = requestBody(full, await makeRequest(full, key))
  const expected = (name: string): string => {
    const written = each.expectFor?.[name] ?? each.expect
    const policy = policies.find((other) => other.name === name)
    return inWords(written === undefined ? policy?.expect(body, requestor, server) : expectationOf(written))
  }
  const copies = each.copies === undefined ? '' : `, ${each.copies} times`
  const verdicts = each.lab
    ? [`${expected('stock')} (lab)`, 'the same']
    : [expected('stock'), expected('strict-serving')]
  const who = describeIdentity(as).replaceAll('${node}', 'NODE') + copies
  return `| ${[`\`${each.name}\``, who, each.why, each.source ?? '', ...verdicts].map(cell).join(' | ')} |`
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

function inWords(expectation: Expectation | undefined): string {
  const { verdicts = [], status, certificate } = expectation ?? {}
  const number = status === undefined ? '' : ` (${status})`
  const wrong = certificate?.wrong === undefined ? '' : ', and found to be wrong'
  return `${verdicts.join(' or ')}${number}${wrong}`
}

if (import.meta.main) {
  writeFileSync(fileURLToPath(new URL('../docs/probe-suites.md', import.meta.url)), await suitesPage())
}
