import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { systemCode } from '../../store/disk-error.ts'
import { fail, type Finding, ok } from '../finding.ts'

/** What became of a name. */
export type Resolution =
  | { readonly kind: 'address' | 'found'; readonly addresses: readonly string[] }
  /** `code`: as getaddrinfo has it, or `TIMEOUT`. */
  | { readonly kind: 'failed'; readonly code: string }

/** Asks the system for a name as every connection does: /etc/hosts, DNS and whatever else it is set up for. */
export async function resolveHost(host: string, signal: AbortSignal): Promise<Resolution> {
  const bare = host.replace(/^\[|\]$/g, '')
  if (isIP(bare) !== 0) return { kind: 'address', addresses: [bare] }
  const late = new Promise<Resolution>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve({ kind: 'failed', code: 'TIMEOUT' })
    })
  })
  const asked = lookup(bare, { all: true }).then(
    (found): Resolution => ({ kind: 'found', addresses: found.map(({ address }) => address) }),
    (error: unknown): Resolution => ({ kind: 'failed', code: systemCode(error) ?? 'unknown' }),
  )
  return Promise.race([asked, late])
}

const FIX =
  'check the server name in the kubeconfig, /etc/resolv.conf and /etc/hosts; `getent hosts NAME` asks likewise'

/** Whether the name of the server, or of the proxy before it, is known. Pure. */
export function dnsFinding(host: string, resolution: Resolution): Finding {
  switch (resolution.kind) {
    case 'address':
      return ok('dns', `${host} is an address: there is nothing to look up`)
    case 'found':
      return ok('dns', `"${host}" is ${resolution.addresses.join(', ')}`)
    case 'failed':
      return fail('dns', 'API_NAME_UNKNOWN', `"${host}" ${wordsOf(resolution.code)}`, FIX)
  }
}

function wordsOf(code: string): string {
  if (code === 'ENOTFOUND') return 'does not exist'
  if (code === 'TIMEOUT' || code === 'EAI_AGAIN') return 'could not be looked up: DNS does not answer'
  return `could not be looked up (${code})`
}
