import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { asAfterBoot, certlets } from './certlets.ts'
import type { Figure, Section } from './figure.ts'
import { startLabProcess } from './lab-process.ts'
import { newPlace } from './place.ts'
import { cpuMsOf, memoryOf } from './proc.ts'
import { flagsOf, SERVING, unitEnvironment } from './program.ts'

/**
 * How long it rests before and while it is measured, ms. Garbage is collected for the last time some 30 s after the last certificate: a tenth
 * of a second, once, which is nothing that a day has more of than a minute.
 */
const SETTLE_MS = 45_000
const REST_MS = 60_000

const DAY_S = 86_400

export const nodeRest: Section = {
  name: 'node.rest',
  about: `certlet run in the environment of its unit, both credentials proven, at rest for ${REST_MS / 1000} s; a day's processor time is those seconds' times as many`,
  async measure({ tiny = false }) {
    await using lab = await startLabProcess('--approve-serving')
    const kubeconfig = readFileSync(lab.bootstrapPath, 'utf8')
    const forms = Object.entries(await certlets(tiny))
    asAfterBoot(forms.map(([name, command]) => ({ name, command, args: () => [], ends: false })))
    const all = await Promise.all(forms.map(([name, command]) => rest(name, command, { kubeconfig, tiny })))
    return all.flat()
  },
}

async function rest(
  name: string,
  [file = '', ...words]: readonly string[],
  { kubeconfig, tiny }: { kubeconfig: string; tiny: boolean },
): Promise<Figure[]> {
  using place = newPlace(kubeconfig)
  const args = [...words, 'run', ...flagsOf(place), ...SERVING]
  const child = spawn(file, args, { stdio: 'ignore', env: { PATH: process.env.PATH, ...unitEnvironment() } })
  const ended = once(child, 'exit')
  try {
    const pid = child.pid ?? 0
    while (existsSync(place.bootstrap) || !existsSync(`${place.certs}/kubelet-server-current.pem`)) {
      if (child.exitCode !== null) throw new Error(`certlet run ended with ${child.exitCode}`)
      await sleep(100)
    }
    await sleep(tiny ? 0 : SETTLE_MS)
    const before = cpuMsOf(pid)
    const restMs = tiny ? 200 : REST_MS
    await sleep(restMs)
    const cpu = (cpuMsOf(pid) - before) / restMs
    const memory = memoryOf(pid)
    const figure = (what: string, value: number | undefined, unit: string, most?: number): Figure => ({
      ...{ name: `node.rest.${name}.${what}`, value: value ?? NaN, unit },
      ...(most !== undefined && { budget: { most } }),
    })
    return [
      figure('rss', memory?.rss, 'MiB of memory', 60),
      figure('private', memory?.private, 'MiB of it private', 15),
      figure('cpu', cpu * DAY_S, 's of processor a day'),
    ]
  } finally {
    child.kill()
    await ended
  }
}
