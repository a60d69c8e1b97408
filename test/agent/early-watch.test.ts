import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { bootstrap, type BootstrapResult } from '../../src/agent/bootstrap.ts'
import { type Clock, systemClock } from '../../src/clock.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { connectionTo } from '../../src/kube/connection.ts'
import type { Fault } from '../../src/lab/faults/fault.ts'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import { createLog } from '../../src/log.ts'
import { csrs, until } from '../support/command.ts'
import { temporaryFolder } from '../support/folder.ts'

const resource = 'certificatesigningrequests'
const WATCH = { verb: 'watch', resource } as const
const CREATE = { verb: 'create', resource } as const

/**
 * Pauses take a fiftieth of their time; the patience with a watch that tells nothing is still more than a busy machine needs, and no watch
 * comes to its end by time.
 */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === 5_000 ? 2_000 : ms > 60_000 ? ms : ms / 50, signal),
}

describe('a bootstrap whose watch is sent beside its POST', () => {
  const folder = temporaryFolder()

  function bootstrapAt(lab: Lab): Promise<BootstrapResult> {
    writeFileSync(folder.file('bootstrap.conf'), lab.bootstrapKubeconfig(), { mode: 0o600 })
    return bootstrap(
      {
        identity: nodeIdentity({ osHostname: 'n1' }),
        source: { kind: 'file', path: folder.file('bootstrap.conf') },
        ...{ kubeconfigPath: folder.file('kubelet.conf'), certDir: folder.file('pki'), keyType: 'ecdsa-p256' },
        ...{ emulation: '1.36', keepPairs: 0, keepBootstrapKubeconfig: false, allowInsecure: false },
        ...{ timeoutMs: 1_000_000, servingTimeoutMs: 1_000_000 },
      },
      {
        ...{ clock, random: Math.random, uid: process.getuid?.() ?? 0, machine: undefined },
        log: createLog(() => undefined, { format: 'text', least: 'error', now: () => new Date() }),
        ...{ signal: new AbortController().signal, newKeyPair: generateKeyPair, connect: connectionTo },
        happened: () => undefined,
      },
    )
  }

  /** What was asked about requests, in words, sorted as far as it happened side by side. */
  const asked = ({ requests }: Lab, verb?: string): string[] =>
    requests
      .filter((one) => one.resource === resource && (verb === undefined || one.verb === verb))
      .map((one) => `${one.verb} ${one.status}`)

  /** Nothing is approved before there is a second watch: the first one cannot have told of it. */
  const byTheSecondWatch = {
    options: { approve: 'manual' },
    meanwhile: async (lab: Lab, ended: () => number): Promise<void> => {
      await until(() => asked(lab, 'watch').length === 2 && ended() === 1, 'the second watch, and the end of the first')
      lab.setApproval({})
    },
  } as const

  const cases: {
    title: string
    faults?: Fault[]
    options?: LabOptions
    watches: string[]
    others: string[]
    meanwhile?: (lab: Lab, ended: () => number) => Promise<void>
  }[] = [
    { title: 'needs no other', watches: ['watch 200'], others: ['create 201'] },
    {
      title: 'goes on by an ordinary watch where the early one is refused',
      faults: [{ ...WATCH, fault: 'status', code: 403, count: 1 }],
      watches: ['watch 403', 'watch 200'],
      others: ['create 201'],
    },
    {
      title: 'where it is told that its version is too old',
      faults: [{ ...WATCH, fault: 'gone', count: 1 }],
      watches: ['watch 200', 'watch 200'],
      others: ['create 201'],
    },
    {
      title: 'where its connection is reset',
      faults: [{ ...WATCH, fault: 'reset', when: 'before', count: 1 }],
      watches: ['watch 0', 'watch 200'],
      others: ['create 201'],
    },
    {
      title: 'where it breaks off',
      faults: [{ ...WATCH, fault: 'cut', after: '0s', count: 1 }],
      ...byTheSecondWatch,
      watches: ['watch 200', 'watch 200'],
      others: ['create 201'],
    },
    {
      title: 'where it is silent',
      faults: [{ ...WATCH, fault: 'silence', after: '0s', count: 1 }],
      ...byTheSecondWatch,
      watches: ['watch 200', 'watch 200'],
      others: ['create 201'],
    },
    {
      title: 'where it is answered too late',
      faults: [{ ...WATCH, fault: 'slow', delay: '1h', count: 1 }],
      watches: ['watch 200', 'watch 0'],
      others: ['create 201'],
    },
    {
      title: 'follows the request that it adopts from where it read it, where the answer of the POST was lost',
      faults: [{ ...CREATE, fault: 'reset', when: 'after', count: 1 }],
      ...byTheSecondWatch,
      watches: ['watch 200', 'watch 200'],
      others: ['create 201', 'create 409', 'get 200'],
    },
    {
      title: 'keeps its watch while the POST is tried again',
      faults: [{ ...CREATE, fault: 'status', code: 503, count: 2 }],
      watches: ['watch 200'],
      others: ['create 503', 'create 503', 'create 201'],
    },
    {
      title: 'finds a name taken that is free again',
      faults: [{ ...CREATE, fault: 'status', code: 409, count: 1 }],
      watches: ['watch 200'],
      others: ['create 409', 'get 404', 'create 201'],
    },
  ]
  for (const { title, faults = [], options = {}, watches, others, meanwhile } of cases) {
    it(title, async () => {
      let ended = 0
      const onAudit: LabOptions['onAudit'] = ({ verb, stage }) => {
        if (verb === 'watch' && stage === 'ResponseComplete') ended++
      }
      await using lab = await startLab({ ...options, faults, onAudit })
      const running = bootstrapAt(lab)
      await meanwhile?.(lab, () => ended)
      const { client } = await running
      assert.equal(client.how, 'issued')
      await until(() => asked(lab, 'watch').length === watches.length, 'all watches')
      assert.deepEqual(asked(lab, 'watch').sort(), [...watches].sort())
      assert.deepEqual(
        asked(lab).filter((one) => !one.startsWith('watch')),
        others,
      )
      assert.equal((await csrs(lab)).length, 1)
    })
  }

  it('sends a request anew that is deleted, and follows the new one', async () => {
    await using lab = await startLab({ approve: 'manual' })
    const running = bootstrapAt(lab)
    await until(async () => (await csrs(lab)).length === 1, 'the request')
    const [first] = await csrs(lab)
    await lab.admin('DELETE', `/apis/certificates.k8s.io/v1/${resource}/${first?.metadata.name ?? ''}`)
    await until(() => asked(lab, 'create').length === 2, 'the second POST')
    lab.setApproval({})
    const { client } = await running
    assert.equal(client.how, 'issued')
    const [second] = await csrs(lab)
    assert.equal(second?.metadata.name, first?.metadata.name)
    assert.notEqual(second?.metadata.uid, first?.metadata.uid)
  })

  it('says what refuses the POST, or every watch', async () => {
    await using lab = await startLab({ faults: [{ ...CREATE, fault: 'status', code: 403 }] })
    await assert.rejects(bootstrapAt(lab), { code: 'FORBIDDEN', message: /create/ })
    lab.setFaults([{ ...WATCH, fault: 'status', code: 403 }])
    await assert.rejects(bootstrapAt(lab), { code: 'FORBIDDEN', message: /watch/ })
  })

  it('begins no early watch for a key of an earlier run', async () => {
    await using lab = await startLab({ faults: [{ ...CREATE, fault: 'status', code: 403, count: 1 }] })
    await assert.rejects(bootstrapAt(lab), { code: 'FORBIDDEN' })
    lab.setFaults([{ ...CREATE, fault: 'slow', delay: '500ms' }]) // a watch beside it would be there first
    const before = lab.requests.length
    await bootstrapAt(lab)
    const verbs = lab.requests.slice(before).filter((one) => one.resource === resource)
    assert.ok(
      verbs.findIndex(({ verb }) => verb === 'create') < verbs.findIndex(({ verb }) => verb === 'watch'),
      verbs.map(({ verb }) => verb).join(),
    )
  })
})
