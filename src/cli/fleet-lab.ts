import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import { abortable } from '../abortable.ts'
import { CertletError } from '../errors.ts'
import { processCpuMs } from './process-cpu.ts'
import type { World } from './world.ts'

/** A lab in a process of its own, so that what it takes of the processor is not taken for the fleet's. */
export interface FleetLab extends AsyncDisposable {
  /** Its bootstrap kubeconfig. */
  readonly bootstrapPath: string
  /** Processor time so far, ms; undefined where the system does not tell. */
  cpuMs(): number | undefined
}

/** How long a lab may take to end when it is asked to, ms. */
const PATIENCE_MS = 500

/** @param flags - of `certlet lab`, in one text. @throws CertletError USAGE when the lab refuses them */
export async function startFleetLab(flags: string, serving: boolean, world: World): Promise<FleetLab> {
  const dir = mkdtempSync(join(tmpdir(), 'certlet-fleet-'))
  const remove = (): void => {
    rmSync(dir, { recursive: true, force: true })
  }
  const [program, ...script] = world.self
  const more = [...(serving ? ['--approve-serving'] : []), ...parseArgsStringToArgv(flags)]
  const env = Object.fromEntries(Object.entries(world.env).filter(([name]) => !name.startsWith('CERTLET_')))
  const child = spawn(program, [...script, 'lab', '--log-level', 'error', ...more, '--dir', dir], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'], // by its channel it notices that we are gone, however we have ended
    env,
  })
  try {
    await abortable(started(child), world.signal)
  } catch (error) {
    await ended(child)
    remove()
    throw error
  }
  return {
    bootstrapPath: join(dir, 'bootstrap-kubelet.conf'),
    cpuMs: () => processCpuMs(child.pid ?? 0),
    [Symbol.asyncDispose]: async () => {
      // It keeps nothing that would be lost; who has interrupted the fleet does not wait for its last words.
      await ended(child, world.signal.aborted ? 'SIGKILL' : 'SIGTERM')
      remove()
    },
  }
}

/** The lab says where it is when it is ready; if it ends before, it says why. */
function started(child: ChildProcess): Promise<void> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').once('data', () => {
      resolve()
    })
    child.once('error', reject)
    child.once('close', () => {
      const why = /error: (.*)/.exec(said)?.[1] ?? 'it ended at once'
      reject(new CertletError('USAGE', `Cannot start a lab: ${why}`, { hint: 'see `certlet lab --help`' }))
    })
  })
}

async function ended(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const kill = setTimeout(() => {
    child.kill('SIGKILL')
  }, PATIENCE_MS)
  await gone
  clearTimeout(kill)
}
