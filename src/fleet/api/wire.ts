import type { IncomingHttpHeaders } from 'node:http'
import type { SecureContext } from 'node:tls'
import { version } from '../../version.ts'
import type { Target } from '../../kube/network-error.ts'
import type { Wire } from '../../kube/wire.ts'

/** What carries the requests of simulated nodes. Nothing is opened before the first one. */
export type FleetWire = Pick<Wire, 'open' | 'explain' | 'close'>

/** Where requests go and who sends them; one for all nodes that show the same credential, so that CA and key are parsed once. */
export interface Peer {
  /** Address without a slash at its end. */
  readonly server: string
  readonly context: SecureContext
  /** The name that the server's certificate has to bear, where it is not the address's. */
  readonly serverName: string | undefined
  readonly verify: boolean
  /** `Authorization`, where the credential is a token. */
  readonly headers: Readonly<Record<string, string>>
  /** For messages about connections that fail. */
  readonly target: Target
}

/** Header of every request. */
export const USER_AGENT = `certlet/${version} (fleet)`

/** A signal for wires that are never replaced by newer ones. */
export const NEVER = new AbortController().signal

export function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const name of Object.keys(headers)) if (!name.startsWith(':')) plain[name] = String(headers[name])
  return plain
}
