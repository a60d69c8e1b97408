/** Lists, suites and policies that testers write: for the lab and for the probe. */
import assert from 'node:assert/strict'
import { dump, load } from 'js-yaml'
import fc from 'fast-check'
import { DocumentError, readDocument } from '../../../src/lab/documents/document.ts'
import { readApprovalRules, readFaults } from '../../../src/lab/index.ts'
import { fullRequest } from '../../../src/probe/full-request.ts'
import { makeKey, makeRequest } from '../../../src/probe/make/make-request.ts'
import { readPolicy } from '../../../src/probe/policies/index.ts'
import { requestBody } from '../../../src/probe/request-body.ts'
import { suite } from '../../../src/probe/suite.ts'
import { readSuiteTexts } from '../../../src/probe/suites/texts.ts'
import { changed, spoiled } from '../inputs.ts'
import { type Target, target } from '../target.ts'

const KEYS = [
  ...[
    'name',
    'describe',
    'cases',
    'as',
    'request',
    'expect',
    'why',
    'signer',
    'key',
    'usages',
    'subject',
    'sans',
    'dns',
    'ip',
  ],
  ...[
    'extensions',
    'damage',
    'pem',
    'signature',
    'expirationSeconds',
    'verdict',
    'reason',
    'user',
    'groups',
    'fault',
    'code',
    'username',
    'message',
    'rules',
    'otherwise',
  ],
]

const FAULTS = [
  { fault: 'status', code: 429, path: '/api*', share: 0.5, count: 3 },
  { fault: 'slow', delay: '5s' },
]
const RULES = [{ signer: 'kubernetes.io/*', verdict: 'approve', message: 'yes', username: 'system:node:*' }]

const POLICY = {
  ...{ name: 'acme', describe: 'what ours does', otherwise: 'strict-serving' },
  rules: [
    ...RULES,
    { signer: '*-serving', verdict: 'deny', reason: 'No', username: '*:n*1' },
    { signer: 'example.com/*', verdict: 'ignore' },
  ],
}
const REQUESTOR = {
  ...{ username: 'system:node:n1', groups: ['system:nodes'] },
  mayCreate: { selfnodeclient: true, nodeclient: false },
}

const VALUES = {
  ...{ node: 'n1', otherNode: 'n2', nodeIp: '10.0.0.1', otherNodeIp: '10.0.0.2' },
  ...{ apiServer: 'api.example', user: 'system:node:n1', run: 'x', copy: '1' },
}

export async function documentTargets(): Promise<Target[]> {
  const texts = Object.values(readSuiteTexts())
  // One key is enough: to make one of RSA takes longer than all else.
  const key = await makeKey('ecdsa-p256')
  const suites = fc.constantFrom(...texts).chain((text) =>
    fc.oneof(
      changed(text),
      spoiled(load(text), KEYS).map((value) => dump(value, { skipInvalid: true })),
    ),
  )
  const full = fullRequest({}, VALUES)
  const asked = requestBody(full, await makeRequest(full, key))
  const policies = fc.oneof(
    changed(dump(POLICY)),
    changed(dump(RULES)),
    spoiled(POLICY, KEYS).map((value) => dump(value, { skipInvalid: true })),
  )
  const lists = fc.oneof(spoiled(FAULTS, KEYS), spoiled(RULES, KEYS)).map((value) => dump(value, { skipInvalid: true }))

  return [
    target('suites of the probe', suites, async (text) => {
      const read = ifDocument(() => readDocument(suite, text, 'suite.yaml'))
      for (const { request = {} } of read?.cases.slice(0, 20) ?? []) {
        await makeRequest(fullRequest(request, VALUES), key)
      }
    }),
    target('policies of the probe', policies, (text) => {
      const policy = ifDocument(() => readPolicy(text, 'policies/acme.yaml'))
      if (!policy) return
      // What can be read decides about whatever is asked.
      for (const signerName of [asked.signerName, 'kubernetes.io/kubelet-serving', 'example.com/own'])
        assert.ok(policy.expect({ ...asked, signerName }, REQUESTOR, { minor: 36 }).verdicts.length > 0)
    }),
    target('lists of the lab', fc.oneof(lists, changed(dump(FAULTS)), changed(dump(RULES))), (text) => {
      ifDocument(() => readFaults(text, 'faults.yaml'))
      ifDocument(() => readApprovalRules(text, 'rules.yaml'))
    }),
  ]
}

/** Refused with the line and the field is as it should be. */
function ifDocument<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DocumentError) return undefined
    throw error
  }
}
