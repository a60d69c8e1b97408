import assert from 'node:assert/strict'
import { describeWaiting } from '../../src/agent/waiting.ts'

describe('sentence on why a request waits', () => {
  const client = { name: 'x', purpose: 'client', verdict: 'pending', username: 'joe' } as const
  for (const [title, facts, want] of [
    ['names the signer of an approved one', { ...client, verdict: 'approved' }, /cluster-signing-cert-file/],
    [
      'says that nothing approves serving requests',
      { ...client, purpose: 'serving' },
      /nothing in Kubernetes approves/,
    ],
    [
      'names the command where nothing is known',
      client,
      /waits for an approver; by hand: kubectl certificate approve x$/,
    ],
    ['names the controller that may', { ...client, wouldBeApproved: true }, /waits for kube-controller-manager/],
    [
      'names the grant that a node needs for its own',
      { ...client, username: 'system:node:n1', wouldBeApproved: false },
      /selfnodeclient.*--group=system:nodes/,
    ],
    ['names the missing grant', { ...client, wouldBeApproved: false }, /joe may not create .*clusterrolebinding/],
  ] as const) {
    it(title, () => {
      assert.match(describeWaiting(facts).sentence, want)
    })
  }
})
