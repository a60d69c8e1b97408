/** The bundled lab as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { processCpuMs } from '../../src/cli/process-cpu.ts'

export const TOKEN = 'abcdef.0123456789abcdef'

export interface LabProcess extends AsyncDisposable {
  readonly port: number
  /** Its bootstrap kubeconfig. */
  readonly bootstrapPath: string
  /** From spawn to the first successful /readyz, ms. */
  readonly readyMs: number
  /** Processor time so far, user and system, ms; undefined where /proc does not tell. */
  cpuMs(): number | undefined
}

const CLI = fileURLToPath(new URL('../../bin/certlet.js', import.meta.url))

export async function startLabProcess(...flags: string[]): Promise<LabProcess> {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'certlet-bench-'))
  const started = performance.now()
  const args = [CLI, 'lab', '--port', String(port), '--dir', dir, '--token', TOKEN, ...flags]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  await ready(port, child)
  return {
    port,
    bootstrapPath: join(dir, 'bootstrap-kubelet.conf'),
    readyMs: performance.now() - started,
    cpuMs: () => processCpuMs(child.pid ?? 0),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await once(child, 'exit')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Knocks by TCP until somebody opens, so that no handshake is spent on knocking. */
async function ready(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the lab ended early')
    if (await isOpen(port)) break
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false })
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
  if (status !== 200) throw new Error(`/readyz is answered with ${String(status)}`)
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
