import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import type { RotationOutcome } from '../agent/keeper.ts'
import type { AgentReport } from '../agent/report.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import type { Log } from '../log.ts'
import { systemCode } from '../store/disk-error.ts'
import { errorAsMessage, outcomeAsMessage } from './messages.ts'
import { fits, LONGEST_PATH, socketPath } from './socket-path.ts'

/** What operators may ask of a daemon. */
export interface Controlled {
  report(): AgentReport
  rotate(purpose: Purpose): Promise<RotationOutcome>
}

/** Bounds, as for the health server: nobody but us and root can connect, but a script may run wild. */
const MOST_CONNECTIONS = 32
const REQUEST_MS = 5_000

/**
 * Listens on `certlet.sock` in a folder whose lock we hold, until it is disposed of or the signal aborts: GET /status answers with the
 * report, POST /rotate?purpose=client|serving with the outcome, once it is known. Who disconnects stops waiting, not rotating. A socket
 * that a killed daemon has left is replaced. Without a socket the daemon does its work all the same: what is in the way is said.
 */
export async function serveControl(
  agent: Controlled,
  { certDir, log, signal }: { certDir: string; log: Log; signal: AbortSignal },
): Promise<AsyncDisposable> {
  const path = socketPath(certDir)
  const server = createServer({ headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS }, (request, response) => {
    void answer(agent, request, response)
  })
  server.maxConnections = MOST_CONNECTIONS
  let inode: number
  try {
    inode = await listen(server, path)
  } catch (error) {
    if (server.listening) server.close()
    const reason = error instanceof CertletError ? error.message : (systemCode(error) ?? 'unknown')
    log.warn('no control socket: certlet rotate and certlet status cannot ask this daemon; SIGHUP rotates', {
      path,
      reason,
    })
    return { [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', closeNow)
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    try {
      // The next daemon's socket may stand there already.
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true })
    } catch (error) {
      log.warn('the control socket stays; the next daemon replaces it', {
        path,
        reason: systemCode(error) ?? 'unknown',
      })
    }
    await closed
  }
  const closeNow = (): void => {
    void close()
  }
  signal.addEventListener('abort', closeNow)
  if (signal.aborted) await close()
  return { [Symbol.asyncDispose]: close }
}

/** Listens under a draft name, closes the socket to others, and renames it: it is never there in another state. @returns its inode. */
async function listen(server: Server, path: string): Promise<number> {
  const draft = join(dirname(path), 'certlet.new')
  for (const one of [path, draft]) {
    if (!fits(one)) throw new CertletError('DISK_ERROR', `a socket's path may have at most ${LONGEST_PATH} bytes`)
    const found = lstatSync(one, { throwIfNoEntry: false })
    if (found && !found.isSocket()) throw new CertletError('DISK_FOREIGN', `"${one}" is there, and no socket`)
  }
  rmSync(draft, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(draft, () => {
      server.off('error', reject)
      resolve()
    })
  })
  chmodSync(draft, 0o600)
  const { ino } = lstatSync(draft)
  renameSync(draft, path)
  return ino
}

async function answer(agent: Controlled, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await reply(agent, request)
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
  response.end(text)
}

async function reply(
  agent: Controlled,
  { method = '', url = '' }: IncomingMessage,
): Promise<{ status: number; body: object }> {
  const [path, query] = url.split('?')
  const purpose = new URLSearchParams(query).get('purpose')
  if (method === 'GET' && path === '/status') return { status: 200, body: agent.report() }
  if (method !== 'POST' || path !== '/rotate' || (purpose !== 'client' && purpose !== 'serving')) {
    const message = 'There is GET /status and POST /rotate?purpose=client|serving'
    return { status: 404, body: errorAsMessage(new CertletError('USAGE', message)) }
  }
  if (!agent.report()[purpose]) {
    const error = new CertletError('USAGE', 'The certlet that runs here keeps no serving credential', {
      hint: 'start certlet run with --serving',
    })
    return { status: 409, body: errorAsMessage(error) }
  }
  return { status: 200, body: outcomeAsMessage(await agent.rotate(purpose)) }
}
