import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Holdings } from './figures.ts'
import type { LifeReport } from './live.ts'
import { faultsOf } from './verdict.ts'

const program = fileURLToPath(new URL('main.ts', import.meta.url))

const holdings: Holdings = { heapBytes: 50e6, descriptors: 30, sockets: 2, resources: { TCPSocketWrap: 4 } }
const soundLife: LifeReport = {
  ...{ days: 2, seed: 1, incidents: 12, grave: 0, mostAlive: 1, expiredMinutes: 0, impatient: 0 },
  rotations: { client: 62, serving: 62 },
  requests: { created: 125, issued: 124, denied: 1, lost: 0 },
  latest: { quiet: 60_000, troubled: 300_000 },
  ...{ first: holdings, last: holdings, faults: [], filesLeftOver: [], warnings: [] },
  ...{ wallSeconds: 10, cpuSeconds: 10, cpus: 2 },
}

describe('a long life', () => {
  it('of two days, with incidents, leaves nothing behind and loses nothing (npm run test:long is a year)', async () => {
    const args = [program, '--days', '2']
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: unknown) => {
      const { stdout: figures, stderr } = error as { stdout?: string; stderr?: string }
      return assert.fail(`${String(error)}\n${figures ?? ''}\n${stderr ?? ''}`)
    })
    assert.match(stdout, /^simulated days +2 /m)
    assert.match(stdout, /^files left over +0$/m)
  }).timeout(600_000) // others may use the machine

  it('that was sound has no faults', () => {
    assert.deepEqual(faultsOf(soundLife), [])
  })

  for (const [what, change] of Object.entries({
    'the heap': { last: { ...holdings, heapBytes: 56e6 } },
    'open files': { last: { ...holdings, descriptors: 40 } },
    sockets: { last: { ...holdings, sockets: 12 } },
    resources: { last: { ...holdings, resources: { FSEventWrap: 20 } } },
    'files left over': { filesLeftOver: ['kubelet-client.key.tmp'] },
    warnings: { warnings: ['MaxListenersExceededWarning: 11 abort listeners'] },
    'alive at once': { mostAlive: 2 },
    's late': { latest: { quiet: 600_000, troubled: 0 } },
    'rotations of the client': { rotations: { client: 3, serving: 62 } },
    'rotations of the serving': { rotations: { client: 62, serving: 3 } },
    'requests were created': { requests: { created: 300, issued: 124, denied: 1, lost: 0 } },
    'has expired': { faults: ['the client credential has expired'] },
  } satisfies Record<string, Partial<LifeReport>>)) {
    it(`that was not is found out: ${what}`, () => {
      const faults = faultsOf({ ...soundLife, ...change })
      assert.ok(
        faults.some((fault) => fault.includes(what)),
        faults.join('; '),
      )
    })
  }
})
