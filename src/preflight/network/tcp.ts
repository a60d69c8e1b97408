import { connect, isIPv6 } from 'node:net'
import { fail, type Finding, ok, warn } from '../finding.ts'

/** How one address took a connection. */
export interface Dialled {
  readonly address: string
  readonly port: number
  /** Absent when it was accepted; `TIMEOUT`, or the system's code. */
  readonly fault?: string
}

/** Connects, and hangs up. @param patience - gives the attempt up. */
export function dial(address: string, port: number, patience: AbortSignal): Promise<Dialled> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const end = (fault?: string): void => {
      patience.removeEventListener('abort', late)
      socket.destroy()
      resolve({ address, port, ...(fault !== undefined && { fault }) })
    }
    const late = (): void => {
      end('TIMEOUT')
    }
    patience.addEventListener('abort', late, { once: true })
    socket.once('connect', () => {
      end()
    })
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      end(code)
    })
  })
}

/**
 * Whether somebody listens at the addresses. Pure.
 * @param dialled - at least one.
 */
export function tcpFinding(dialled: readonly Dialled[], what = 'the API server'): Finding {
  const accepted = dialled.filter(({ fault }) => fault === undefined)
  const refused = dialled.filter(({ fault }) => fault !== undefined)
  const list = (some: readonly Dialled[]): string => some.map(placeOf).join(', ')
  const why = refused.map((one) => `${placeOf(one)}: ${wordsOf(one.fault)}`).join('; ')
  if (refused.length === 0) return ok('tcp', `${what} takes connections at ${list(accepted)}`)
  if (accepted.length > 0) {
    return warn(
      'tcp',
      `${what} takes connections at ${list(accepted)}, but not at all its addresses: ${why}`,
      'take the addresses where nobody answers out of DNS, or mend what stands there',
    )
  }
  const late = refused.every(({ fault }) => fault === 'TIMEOUT' || fault === 'ETIMEDOUT')
  return fail('tcp', late ? 'API_TIMEOUT' : 'API_UNREACHABLE', `no connection to ${what}: ${why}`, fixFor(refused))
}

function placeOf({ address, port }: Dialled): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`
}

function wordsOf(fault = ''): string {
  switch (fault) {
    case 'TIMEOUT':
    case 'ETIMEDOUT':
      return 'no answer'
    case 'ECONNREFUSED':
      return 'nobody listens there'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no route to it'
    default:
      return fault
  }
}

function fixFor(refused: readonly Dialled[]): string {
  if (refused.some(({ fault }) => fault === 'ECONNREFUSED')) return 'check the port, and whether the API server runs'
  return 'look for a firewall in between, at the route (ip route), and whether a proxy is needed (proxy-url)'
}
