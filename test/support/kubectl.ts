/** The real kubectl against a lab: a lab, a folder that is its home, and the command. Tests that use it are skipped where there is none. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import type { Run } from './command.ts'
import { kubeletRequest } from './lab-requests.ts'

/** One kubectl command and what is expected of it. */
export interface Row {
  readonly line: string
  /** What is printed, on standard output and standard error. */
  readonly prints: RegExp | string
  /** The exit code; 0 unless given. */
  readonly code?: number
  readonly editor?: string
  /** Name of a file in the folder; the administrator's unless given. */
  readonly kubeconfig?: string
}

export interface Kubectl extends AsyncDisposable {
  readonly lab: Lab
  path(name: string): string
  /** Writes an object into a file for `-f`. */
  write(name: string, object: object): void
  /** Writes a request of a kubelet into `NAME.json`. */
  request(name: string, more?: object): Promise<void>
  /** Runs `kubectl LINE`, split as a shell does, and waits for its end. */
  readonly run: (line: string, env?: Record<string, string>) => Promise<Run>
  /** Runs rows one after the other, each held to what is expected. */
  rows(...rows: readonly Row[]): Promise<void>
  /** Starts `kubectl LINE`; `printed` is what it printed so far. It is killed at the end of the block. */
  readonly follow: (line: string) => { readonly printed: string; readonly done: Promise<Run> }
}

export const kubectlIsThere = (): boolean => spawnSync('kubectl', ['version', '--client']).status === 0

/** For `before`: skips a suite where there is no kubectl. */
export function needsKubectl(this: Mocha.Context): void {
  if (kubectlIsThere()) return
  console.log('      skipped: there is no kubectl on this machine')
  this.skip()
}

/** Nothing is approved unless kubectl does. */
export async function startKubectl(options: LabOptions = {}): Promise<Kubectl> {
  const lab = await startLab({ approve: 'manual', ...options })
  return kubectlOn(lab, () => lab.close())
}

/** @param close - what else ends with it. */
export function kubectlOn(lab: Lab, close: () => Promise<void> = () => Promise.resolve()): Kubectl {
  const home = mkdtempSync(join(tmpdir(), 'certlet-kubectl-'))
  const path = (name: string): string => join(home, name)
  writeFileSync(path('admin.conf'), lab.adminKubeconfig(), { mode: 0o600 })
  const running = new Set<ChildProcess>()

  const begin = (line: string, more: Record<string, string> = {}): { printed: Run; done: Promise<Run> } => {
    const { PATH = '' } = process.env
    const env = { PATH, HOME: home, KUBECONFIG: path('admin.conf'), ...more }
    const child = spawn('kubectl', parseArgsStringToArgv(line), { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    const printed = { code: null as number | null, stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (printed[name] += text))
    const done = new Promise<Run>((resolve, reject) => {
      child.once('error', reject).once('close', (code) => {
        running.delete(child)
        resolve(Object.assign(printed, { code }))
      })
    })
    return { printed, done }
  }
  const run: Kubectl['run'] = (line, env) => begin(line, env).done
  const write: Kubectl['write'] = (name, object) => {
    writeFileSync(path(name), JSON.stringify(object))
  }

  return {
    lab,
    path,
    write,
    run,
    request: async (name, more = {}) => {
      const csr = (await kubeletRequest(name, `node-${name}`)) as { metadata: object }
      const kind = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' }
      write(`${name}.json`, { ...kind, ...csr, metadata: { ...csr.metadata, ...more } })
    },
    rows: async (...rows) => {
      for (const { line, prints, code = 0, editor, kubeconfig } of rows) {
        const done = await run(line, {
          ...(editor !== undefined && { KUBE_EDITOR: editor }),
          ...(kubeconfig !== undefined && { KUBECONFIG: path(kubeconfig) }),
        })
        const all = done.stdout + done.stderr
        assert.equal(done.code, code, `kubectl ${line}: ${all}`)
        if (typeof prints === 'string') assert.equal(all.trim(), prints, `kubectl ${line}: ${all}`)
        else assert.match(all, prints, `kubectl ${line}: ${all}`)
      }
    },
    follow: (line) => {
      const { printed, done } = begin(line)
      return {
        done,
        get printed() {
          return printed.stdout
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill('SIGKILL')
      await close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
