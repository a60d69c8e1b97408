import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What starts the command. */
export const bin = fileURLToPath(new URL('../../bin/certlet.js', import.meta.url))
const secrets = new Set<string>()
const outputs: string[] = []

/** A text that no output may hold. */
export function secret(text: string): string {
  secrets.add(text)
  return text
}

/** What a command has printed, to be searched for secrets at the end. */
export function searchForSecrets(output: string): void {
  outputs.push(output)
}

export function assertNoSecrets(): void {
  for (const output of outputs) {
    assert.doesNotMatch(output, /PRIVATE KEY/, 'a private key was printed')
    assert.doesNotMatch(output, /Bearer /, 'an Authorization header was printed')
    for (const text of secrets) {
      const at = output.indexOf(text)
      const around = output.slice(Math.max(0, at - 200), at + 200).replaceAll(text, '***')
      assert.equal(at, -1, `a token or key was printed, here as ***: ${around}`)
    }
  }
}

/** A command that was started. At the end of the block it is killed if it still runs. */
export interface Started extends AsyncDisposable {
  readonly child: ChildProcess
  readonly done: Promise<Run>
}

/**
 * Starts the command as a user does.
 * @param how.by - a command line that starts another one.
 */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  { uid, by = [] }: { uid?: number | undefined; by?: readonly string[] } = {},
): Started {
  const [program = '', ...words] = [...by, process.execPath, bin, ...args]
  return started(program, words, { env, ...(uid !== undefined && { uid, gid: uid }) })
}

/** Whether there is a program that makes pseudo-terminals: `script` of util-linux. */
export function hasTerminals(): boolean {
  return spawnSync('script', ['--version']).status === 0
}

/** Starts the command on a pseudo-terminal; what it shows there, both streams, is on `stdout`, and `stdin` is the keyboard. */
export function startOnTerminal(
  args: readonly string[],
  { columns, env = {} }: { columns: number; env?: Record<string, string> },
): Started {
  const quoted = [process.execPath, bin, ...args].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ')
  const line = `stty cols ${columns} rows 24; exec ${quoted}`
  return started('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
  })
}

function started(
  file: string,
  args: readonly string[],
  { env, ...user }: { env: Record<string, string>; uid?: number; gid?: number },
): Started {
  const { PATH = '' } = process.env
  const child = spawn(file, args, { env: { PATH, ...env }, stdio: ['pipe', 'pipe', 'pipe'], ...user })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
  }
  const done = new Promise<Run>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      outputs.push(texts.stdout, texts.stderr)
      resolve({ code, ...texts })
    })
  })
  return {
    child,
    done,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await done
    },
  }
}

/** Runs the command to its end. */
export function certlet(
  args: readonly string[],
  { env = {}, stdin = '' }: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Run> {
  const { child, done } = start(args, env)
  child.stdin?.end(stdin)
  return done
}

/** A node's folder and a lab for it to join; gone at the end of the block. */
export interface Sandbox extends AsyncDisposable {
  readonly lab: Lab
  readonly dir: string
  path(name: string): string
  /** Flags of a bootstrap whose files are all in the folder. */
  flags(...more: string[]): string[]
  bootstrap(...more: string[]): Promise<Run>
  /** Requests that were sent to make something. */
  posts(): string[]
}

export async function sandbox(options: LabOptions = {}): Promise<Sandbox> {
  const lab = await startLab(options)
  secret(lab.token)
  secret(lab.token.slice(7))
  const dir = mkdtempSync(join(tmpdir(), 'certlet-test-'))
  const path = (name: string): string => join(dir, name)
  writeFileSync(path('bootstrap.conf'), lab.bootstrapKubeconfig(), { mode: 0o600 })
  const flags = (...more: string[]): string[] => [
    ...['bootstrap', '--bootstrap-kubeconfig', path('bootstrap.conf'), '--kubeconfig', path('kubelet.conf')],
    ...['--cert-dir', path('pki'), '--hostname-override', 'n1', ...more],
  ]
  return {
    lab,
    dir,
    path,
    flags,
    bootstrap: (...more) => certlet(flags(...more)),
    posts: () =>
      lab.requests.filter(({ method }) => method === 'POST').map(({ path: target }) => target.split('/').at(-1) ?? ''),
    [Symbol.asyncDispose]: async () => {
      await lab.close()
      if (existsSync(dir)) rememberKeys(dir)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** The keys that were made are secrets as well. */
function rememberKeys(dir: string): void {
  if (!existsSync(join(dir, 'pki'))) return
  for (const name of readdirSync(join(dir, 'pki')).filter((file) => file.endsWith('.pem'))) {
    if (!existsSync(join(dir, 'pki', name))) continue
    const body = /PRIVATE KEY-----\n(.+)\n/.exec(readFileSync(join(dir, 'pki', name), 'utf8'))?.[1]
    if (body !== undefined) secret(body)
  }
}

/** CSR objects in the lab. */
export async function csrs(
  lab: Lab,
): Promise<
  { metadata: { name: string; uid: string }; spec: Record<string, unknown>; status: Record<string, unknown> }[]
> {
  const { body } = await lab.admin('GET', '/apis/certificates.k8s.io/v1/certificatesigningrequests')
  return (body as { items: Awaited<ReturnType<typeof csrs>> }).items
}

/** Approves or denies as an administrator. */
export async function decide(
  lab: Lab,
  name: string,
  type: 'Approved' | 'Denied',
  message = 'by the test',
): Promise<void> {
  const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}`
  const { body } = await lab.admin('GET', path)
  const conditions = [{ type, status: 'True', reason: 'Test', message }]
  const { status } = await lab.admin('PUT', `${path}/approval`, { ...(body as object), status: { conditions } })
  assert.equal(status, 200)
}

/** How long something may take at most, s: a machine may be busy, and a command then takes seconds to start. */
const PATIENCE_S = 20

/** Waits for something that another process brings about. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_S * 1000; performance.now() < deadline;) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`${what} did not come about in ${PATIENCE_S} s`)
}
