import { type IncomingMessage, request } from 'node:http'
import { type GenericSchema, safeParse } from 'valibot'
import type { RotationOutcome } from '../agent/keeper.ts'
import type { AgentReport } from '../agent/report.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import { systemCode } from '../store/disk-error.ts'
import { errorMessage, outcomeMessage, reportMessage } from './messages.ts'
import { fits, socketPath } from './socket-path.ts'

/** How long a daemon may take to say how things are, ms. */
const REPORT_MS = 5_000

/** Longest answer that is read, characters. */
const LONGEST_ANSWER = 1_000_000

/**
 * How things are, by the daemon that works on a folder.
 * @returns undefined if no daemon listens there.
 * @throws CertletError DAEMON_SILENT, DISK_NOT_WRITABLE if only others may ask it; the signal's reason.
 */
export async function askReport(certDir: string, signal: AbortSignal): Promise<AgentReport | undefined> {
  const patience = AbortSignal.timeout(REPORT_MS)
  try {
    return await ask({ certDir, method: 'GET', path: '/status' }, reportMessage, AbortSignal.any([signal, patience]))
  } catch (error) {
    if (patience.aborted && !signal.aborted) throw silent(certDir, `it has not answered for ${REPORT_MS / 1000} s`)
    throw error
  }
}

/**
 * Has a daemon rotate, and waits for the outcome.
 * @param signal - ends the wait, not the rotation.
 * @throws as askReport, and whatever the daemon answers.
 */
export async function askRotation(
  certDir: string,
  purpose: Purpose,
  signal: AbortSignal,
): Promise<RotationOutcome | undefined> {
  return ask({ certDir, method: 'POST', path: `/rotate?purpose=${purpose}` }, outcomeMessage, signal)
}

async function ask<T>(
  { certDir, method, path }: { certDir: string; method: string; path: string },
  schema: GenericSchema<unknown, T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const socket = socketPath(certDir)
  if (!fits(socket)) return undefined // then the daemon has none
  let answer: { status: number; text: string }
  try {
    answer = await exchange({ socketPath: socket, method, path, signal })
  } catch (error) {
    signal.throwIfAborted()
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined
    if (code === 'EACCES' || code === 'EPERM') {
      throw new CertletError('DISK_NOT_WRITABLE', `Cannot ask the certlet at "${socket}": permission denied`, {
        hint: 'run it as root, or as the user whose certlet that is',
      })
    }
    throw silent(certDir, `the connection ended (${code ?? 'no reason given'})`)
  }
  const parsed = safeParse(answer.status === 200 ? schema : errorMessage, json(answer.text))
  if (!parsed.success) throw silent(certDir, 'its answer is not understood; it may be of another version')
  if (parsed.output instanceof CertletError) throw parsed.output
  return parsed.output
}

function exchange(options: {
  socketPath: string
  method: string
  path: string
  signal: AbortSignal
}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const read = async (response: IncomingMessage): Promise<void> => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) {
        text += chunk as string
        if (text.length > LONGEST_ANSWER) break
      }
      resolve({ status: response.statusCode ?? 0, text })
    }
    request({ ...options, agent: false }, (response) => {
      read(response).catch(reject)
    })
      .on('error', reject)
      .end()
  })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function silent(certDir: string, found: string): CertletError {
  return new CertletError('DAEMON_SILENT', `Cannot ask the certlet at "${socketPath(certDir)}": ${found}`)
}
