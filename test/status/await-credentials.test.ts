import assert from 'node:assert/strict'
import { awaitCredential } from '../../src/status/await-credentials.ts'
import type { NodeStatus } from '../../src/status/status.ts'
import { manualClock } from '../support/manual-clock.ts'
import { agentReport, credentialReport, waitingReport } from '../support/report.ts'

const absent: NodeStatus = {
  nodeName: 'n1',
  kubeconfig: { worth: 'absent', path: '/nowhere/k' },
  client: { purpose: 'client', worth: 'absent', path: '/nowhere/c', request: 'node-csr-1' },
  daemon: { state: 'none' },
}
const there: NodeStatus = {
  ...absent,
  kubeconfig: { worth: 'usable', path: '/nowhere/k' },
  client: { purpose: 'client', worth: 'usable', path: '/nowhere/c' },
}

/** A node that stands as the list says, look by look; the last one stays. */
function looks(list: readonly NodeStatus[]): { look: () => Promise<NodeStatus>; count: () => number } {
  let count = 0
  return {
    look: () => Promise.resolve(list[Math.min(count++, list.length - 1)] ?? absent),
    count: () => count,
  }
}

function context(
  list: readonly NodeStatus[],
): Parameters<typeof awaitCredential>[1] & { reasons: string[]; count: () => number } {
  const reasons: string[] = []
  const onReason = (_purpose: string, reason: string): void => {
    reasons.push(reason)
  }
  return { ...looks(list), clock: manualClock(), signal: new AbortController().signal, onReason, reasons }
}

describe('waiting for a credential', () => {
  it('ends at once when it is in place', async () => {
    const wait = context([there])
    await awaitCredential({ purpose: 'client', timeoutMs: undefined }, wait)
    assert.deepEqual([wait.count(), wait.reasons], [1, []])
  })

  it('goes on until it is in place, and says each reason once', async () => {
    const damaged: NodeStatus = { ...there, client: { ...there.client, worth: 'unusable', why: 'it is empty' } }
    const wait = context([absent, absent, absent, damaged, there])
    await awaitCredential({ purpose: 'client', timeoutMs: undefined }, wait)
    assert.deepEqual(wait.reasons, [
      'the kubeconfig is not there yet; request "node-csr-1" is under way, or was; no certlet is at work on the folder',
      'the pair cannot be used, it is empty; no certlet is at work on the folder',
    ])
  })

  it('goes by the daemon: what is on disk has to be proven, and its sentence is the reason', async () => {
    const daemon = (client: ReturnType<typeof waitingReport>): NodeStatus => ({
      ...there,
      daemon: { state: 'running', report: agentReport({ client }) },
    })
    const waiting = waitingReport({
      waiting: { reason: 'approval', sentence: 'waits for an approver', since: new Date(0) },
    })
    const wait = context([daemon(waiting), daemon(credentialReport())])
    await awaitCredential({ purpose: 'client', timeoutMs: undefined }, wait)
    assert.deepEqual(wait.reasons, ['waits for an approver'])
  })

  it('waits for the serving credential alone', async () => {
    const served: NodeStatus = { ...absent, serving: { purpose: 'serving', worth: 'usable', path: '/nowhere/s' } }
    const wait = context([absent, served])
    await awaitCredential({ purpose: 'serving', timeoutMs: undefined }, wait)
    assert.deepEqual(wait.reasons, ['the pair is not there yet; no certlet is at work on the folder'])
  })

  it('ends with NOT_IN_PLACE and the last reason when the time is up', async () => {
    const clock = stillClock()
    await assert.rejects(awaitCredential({ purpose: 'client', timeoutMs: 5_000 }, { ...context([absent]), clock }), {
      code: 'NOT_IN_PLACE',
      message: /^The client credential is not in place: the kubeconfig is not there yet.*\(gave up after 5s\)$/,
    })
  })

  it('ends at once when it cannot be looked at', async () => {
    const hidden: NodeStatus = { ...absent, kubeconfig: { worth: 'unknown', why: 'permission denied', path: '/k' } }
    await assert.rejects(awaitCredential({ purpose: 'client', timeoutMs: 5_000 }, context([hidden])), {
      code: 'DISK_NOT_WRITABLE',
    })
  })
})

/** A clock whose longer sleep ends only after several shorter ones, as time has it. */
function stillClock(): ReturnType<typeof manualClock> {
  const clock = manualClock()
  return {
    ...clock,
    sleep: async (ms, signal) => {
      for (let turn = 0; turn < ms / 100; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        signal?.throwIfAborted()
      }
    },
  }
}
