import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { abortable } from '../abortable.ts'
import { CertletError } from '../errors.ts'
import { networkErrorOf } from '../kube/network-error.ts'
import { publicCas } from '../kube/public-cas.ts'
import { LARGEST_DISCOVERY_FILE } from './discovery-file.ts'

/** Longest that fetching may take from its start to the last byte, ms. */
const FETCH_TIMEOUT_MS = 10_000

/**
 * The address of a discovery file.
 * @returns undefined if it is a path.
 * @throws CertletError USAGE for http, and for an address with a password in it.
 */
export function discoveryUrl(text: string): URL | undefined {
  const url = /^[a-z]+:\/\//i.test(text) ? URL.parse(text) : null
  if (!url) return undefined
  if (url.protocol !== 'https:') throw new CertletError('USAGE', '--discovery-file takes a path or an https:// address')
  if (url.username !== '' || url.password !== '') {
    throw new CertletError('USAGE', '--discovery-file takes no user or password in its address')
  }
  return url
}

/**
 * Fetches a discovery file once, from a server that Node's or the system's CAs vouch for. No credential is sent, and no redirect is
 * followed: what the file says is trusted because of where it came from.
 * @throws CertletError DISCOVERY_FILE_REFUSED; the connection's errors; the signal's reason.
 */
export async function fetchDiscoveryFile(
  url: URL,
  { signal, timeoutMs = FETCH_TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number },
): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await open(url, AbortSignal.any([signal, timeout]))
    const status = response.statusCode ?? 0
    if (status !== 200) {
      response.destroy()
      throw refused(
        url,
        status >= 300 && status < 400 ? `the server redirects (${status})` : `the server answered ${status}`,
      )
    }
    return await textOf(response, url)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CertletError) throw error
    if (timeout.aborted) throw refused(url, `no whole answer within ${timeoutMs / 1000} s`)
    throw await abortable(networkErrorOf(error, { url, what: 'the server of the discovery file' }, signal), signal)
  }
}

function open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ca: publicCas(), agent: false, minVersion: 'TLSv1.2', signal })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    outgoing.end()
  })
}

async function textOf(response: IncomingMessage, url: URL): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LARGEST_DISCOVERY_FILE) throw refused(url, `it is larger than ${LARGEST_DISCOVERY_FILE} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refused(url: URL, problem: string): CertletError {
  return new CertletError('DISCOVERY_FILE_REFUSED', `Cannot fetch the discovery file from ${url.origin}: ${problem}`)
}
