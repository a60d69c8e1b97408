import assert from 'node:assert/strict'
import { scenarios } from './scenario.ts'
import { chosen, describePoint, pointsOf } from './fault.ts'
import { tryPoints } from './matrix.ts'
import { describeCall, readTrace } from './system-call.ts'
import { STRACE_MISSING, straceWorks } from './under-strace.ts'

/** Points of each scenario; `npm run test:crash` tries them all. */
const FEW = 3

/** Others each day. */
const seed = Number(process.env['CERTLET_CRASH_SEED'] ?? Math.floor(Date.now() / 86_400_000))

describe('a command that is struck at a system call', () => {
  before(function () {
    if (straceWorks()) return
    console.log(`      skipped: ${STRACE_MISSING}`)
    this.skip()
  })

  it(`survives, at ${FEW} points of each of ${scenarios.length} lives (CERTLET_CRASH_SEED=${seed})`, async () => {
    const few = { points: FEW, seed }
    const tried = await Promise.all(scenarios.map((scenario) => tryPoints({ scenarios: [scenario], few, jobs: 1 })))
    for (const { scenario, calls, outcomes } of tried.flat()) {
      assert.ok(calls > 100, `${scenario}: ${calls} calls`)
      assert.equal(outcomes.length, FEW)
      for (const { point, faults } of outcomes) assert.deepEqual(faults, [], `${scenario}: ${describePoint(point)}`)
    }
    assert.ok(tried.flat().some(({ outcomes }) => outcomes.some(({ reached }) => reached)))
  }).timeout(180_000)
})

describe('the log of strace', () => {
  const log = `execve("/node", ["/node", "--cert-dir", "/n/pki"], 0x7ff /* 3 vars */) = 0
openat(AT_FDCWD</>, "/etc/machine-id", O_RDONLY) = 3</etc/machine-id>
openat(AT_FDCWD</>, "/n/pki/kubelet-client-2026-11-26-17-46-53.pem.6dd45111-e2bf-4eaa-959f-9926e7bf0374.draft", O_WRONLY|O_CREAT) = 23</n/x>
write(23</n/pki/certlet.machine>, ""..., 84) = 84
rename("/n/pki/a.6dd45111-e2bf-4eaa-959f-9926e7bf0374.draft", "/n/pki/a") = 0
write(2<pipe:[1]>, ""..., 5) = 5
socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 23<TCP:[33926]>
write(23<TCP:[127.0.0.1:56562->127.0.0.1:34681]>, ""..., 5) = 5
write(23<TCP:[127.0.0.1:56562->127.0.0.1:34681]>, ""..., 5) = -1 EIO (Input/output error) (INJECTED)
close(23<TCP:[127.0.0.1:56562->127.0.0.1:34681]>) = 0
+++ exited with 0 +++
`
  it('is read as calls on the node’s files and connections, by names that are the same in every run', () => {
    const { calls, struck } = readTrace(log, '/n')
    assert.deepEqual(
      calls.map((call) => `${describeCall(call)}, ${call.count}`),
      [
        'openat pki/kubelet-client-DATE.pem.DRAFT, 2',
        'write pki/certlet.machine, 1',
        'rename pki/a, 1',
        'socket the API server, 1',
        'write the API server, 3',
        'write the API server #2, 4',
        'close the API server, 1',
      ],
    )
    assert.equal(struck && describeCall(struck), 'write the API server #2')
  })

  it('of a process that was killed tells the call by which it ended, and whether that is one of the node’s', () => {
    const killed = (line: string): string => `execve("/node", [], 0) = 0\n${line}\n+++ killed by SIGKILL +++\n`
    const struck = (line: string): string | undefined => {
      const call = readTrace(killed(line), '/n').struck
      return call && describeCall(call)
    }
    assert.equal(struck('rename("/n/a", "/n/b") = ?'), 'rename b')
    assert.equal(struck('openat(AT_FDCWD</>, "/etc/machine-id", O_RDONLY) = ?'), undefined)
  })

  it('of all threads tells which calls no fault can be aimed at', () => {
    const { calls, elsewhere } = readTrace(
      '7 execve("/node", [], 0) = 0\n8 unlink("/n/a") = 0\n7 unlink("/n/b") = 0\n',
      '/n',
    )
    assert.deepEqual(calls.map(describeCall), ['unlink b'])
    assert.deepEqual(elsewhere, ['unlink a'])
  })
})

describe('a few of many points', () => {
  const calls = Array.from({ length: 100 }, (_, index) => ({
    name: 'close',
    target: String(index),
    occurrence: 1,
    count: index + 1,
  }))
  it('are spread over the run and over the faults, others with another seed, and the same with the same', () => {
    const all = pointsOf(calls)
    const one = chosen(all, 9, 1)
    assert.equal(one.length, 9)
    assert.deepEqual(one, chosen(all, 9, 1))
    assert.notDeepEqual(one, chosen(all, 9, 2))
    const thirds = one.map(({ call }) => Math.floor(call.count / 34))
    assert.deepEqual([...new Set(thirds)].length, 3)
    assert.ok(new Set(one.map(({ fault }) => fault)).size > 2)
  })

  it('are kills alone at a call that has no errors', () => {
    const getsockopt = calls.slice(0, 1).map((call) => ({ ...call, name: 'getsockopt' }))
    assert.deepEqual(
      pointsOf(getsockopt).map(({ fault }) => fault),
      ['kill before', 'kill after'],
    )
  })
})
