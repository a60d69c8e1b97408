import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleepMs } from 'node:timers/promises'
import { systemClock } from '../../src/clock.ts'
import { pinOf, pinText } from '../../src/discovery/ca-pins.ts'
import type { Lab } from '../../src/lab/index.ts'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { csrs, sandbox, type Sandbox, until } from '../support/command.ts'
import { type InProcess, inProcess, resources } from '../support/in-process.ts'
import { promptMs } from '../support/prompt.ts'

const HOUR_MS = 3_600_000

const run = (node: Sandbox, ...more: string[]): string[] => ['run', ...node.flags(...more).slice(1)]
const SERVING = ['--serving', '--san', '192.0.2.1']

/** Commands that are stopped, and the exit code that they then have. */
const commands: readonly {
  title: string
  code: number
  args: (node: Sandbox) => string[]
  /** Whether there are credentials already. */
  joined?: true
  /** At so many of the first requests it is stopped; at all unless set. */
  most?: number
}[] = [
  { title: 'bootstrap', code: 130, args: (node) => node.flags(...SERVING) },
  { title: 'join', code: 130, args: joinArgs, most: 4 }, // then it is a bootstrap
  { title: 'run', code: 0, args: (node) => run(node, '--serving', '--record-events', '--metrics-address', ':0') },
  { title: 'rotate', code: 130, args: (node) => ['rotate', ...node.flags().slice(1)], joined: true },
]

function joinArgs(node: Sandbox): string[] {
  writeFileSync(node.path('token'), node.lab.token, { mode: 0o600 })
  const pin = pinText(pinOf(new X509Certificate(node.lab.caPem)))
  return [
    ...['join', node.lab.url.slice('https://'.length), '--token-file', node.path('token'), ...node.flags().slice(1)],
    ...['--ca-cert', node.path('ca.crt'), '--discovery-token-ca-cert-hash', pin],
  ]
}

/** A lab whose `skip + 1`th request is never answered, and a promise of the moment at which that request is there. */
async function hangingSandbox(): Promise<{ node: Sandbox; hangAt: (skip: number) => Promise<void> }> {
  const hung = { resolve: (): void => undefined }
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (ms === HOUR_MS) hung.resolve()
    return systemClock.sleep(ms, signal)
  }
  const node = await sandbox({ approveServing: true, clock: { ...systemClock, sleep } })
  const hangAt = (skip: number): Promise<void> =>
    new Promise((resolve) => {
      hung.resolve = resolve
      node.lab.setFaults([{ fault: 'slow', delay: '1h', skip, count: 1 }])
    })
  return { node, hangAt }
}

/** Stops it, and looks whether it ends in time and leaves nothing. */
async function stopAndLook(command: InProcess, node: Sandbox, { code, before }: { code: number; before: string }) {
  const askedAt = performance.now()
  command.stop()
  const ended = await command.done
  assert.ok(performance.now() - askedAt < promptMs(), `it took ${performance.now() - askedAt} ms`)
  assert.equal(ended.code, code, ended.text)
  if (existsSync(node.path('pki'))) {
    const left = readdirSync(node.path('pki')).filter((name) => name.endsWith('.draft') || name === 'certlet.sock')
    assert.deepEqual(left, [])
    ;(await lockFolder(node.path('pki'))).release()
  }
  // The connections of both ends are gone a moment later.
  await until(() => resources() === before, `the end of all but "${before}" in "${resources()}"`)
}

describe('SIGTERM while a request is not answered', function () {
  this.timeout(120_000)

  for (const { title, code, args, joined, most = Infinity } of commands) {
    it(`ends certlet ${title}, whichever it is, within a second; nothing is left, nothing lost`, async () => {
      let stopped = 0
      for (let skip = 0; skip < most; skip++) {
        const { node, hangAt } = await hangingSandbox()
        await using _node = node
        const idle = resources()
        if (joined) assert.equal((await inProcess(node.flags()).done).code, 0)
        const hangs = hangAt(skip)
        const command = inProcess(args(node))
        const ready = title === 'run' ? settled(node.lab) : command.done
        const isOver = await Promise.race([hangs.then(() => false), ready.then(() => true)])
        if (title === 'run' || !isOver) await stopAndLook(command, node, { code, before: idle })
        if (isOver) break // it makes no more requests than that
        stopped++
        node.lab.setFaults([])
        const goesOn = title === 'run' ? node.flags(...SERVING) : args(node)
        const { code: next, text } = await inProcess(goesOn).done
        assert.equal(next, 0, text)
        await onlyOneRequestEach(node.lab, joined ? 2 : 1)
      }
      assert.ok(stopped >= 4, `it was stopped at ${stopped} requests`)
    })
  }
})

/** A daemon that keeps its credentials asks nothing more but the watch of its Node. */
async function settled(lab: Lab): Promise<void> {
  for (let seen = -1; seen !== lab.requests.length || seen === 0;) {
    seen = lab.requests.length
    await sleepMs(500)
  }
}

async function onlyOneRequestEach(lab: Lab, most: number): Promise<void> {
  const count: Record<string, number> = {}
  for (const { spec } of await csrs(lab))
    count[String(spec['signerName'])] = (count[String(spec['signerName'])] ?? 0) + 1
  for (const [signer, objects] of Object.entries(count)) assert.ok(objects <= most, `${objects} of ${signer}`)
}
