import { CertletError } from '../errors.ts'
import { type ShownServer, showServer } from '../kube/shown-server.ts'
import type { Place } from './access.ts'
import { type CheckName, type Finding, skipped } from './finding.ts'
import { clockFinding } from './network/clock.ts'
import { dnsFinding, resolveHost } from './network/dns.ts'
import { proxyFinding } from './network/proxy.ts'
import { dial, tcpFinding } from './network/tcp.ts'
import { tlsFinding } from './network/tls.ts'
import { type PreflightTask, STEP_MS } from './task.ts'

/** What the way to the API server is looked at with. */
export type NetworkTask = Pick<PreflightTask, 'env' | 'clock' | 'signal'> & {
  readonly settings: Pick<PreflightTask['settings'], 'expirationSeconds'>
}

/** No server has more addresses that are worth a try. */
const MOST_ADDRESSES = 4

/** From name to trust: each step is made only if the one before it leads anywhere. No credential is sent. */
export async function networkFindings(place: Place, task: NetworkTask): Promise<Finding[]> {
  const { env, clock, signal } = task
  const proxy = proxyFinding(place, env)
  const { host, port, what } = firstHop(place)

  const patience = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)])
  const resolution = await resolveHost(host, patience())
  signal.throwIfAborted()
  const dns = dnsFinding(host, resolution)
  if (resolution.kind === 'failed') return [dns, ...unmade('dns', ['tcp', 'proxy', 'tls', 'clock'], [proxy])]

  const addresses = resolution.addresses.slice(0, MOST_ADDRESSES)
  const dialled = await Promise.all(addresses.map((address) => dial(address, port, patience())))
  const tcp = tcpFinding(dialled, what)
  signal.throwIfAborted()
  if (tcp.verdict === 'fail') return [dns, tcp, ...unmade('tcp', ['proxy', 'tls', 'clock'], [proxy])]

  const shown = await shownBy(place, task)
  const tls = tlsFinding(shown, place, { now: clock.now() })
  const lifetime = task.settings.expirationSeconds
  const clocks =
    shown instanceof CertletError
      ? skipped('clock', 'not made: see tls')
      : clockFinding(shown.skewMs, {
          trusted: tls.verdict === 'ok' || tls.verdict === 'warn',
          lifetimeMs: lifetime === undefined ? undefined : lifetime * 1000,
        })
  return [dns, tcp, proxy, tls, clocks]
}

/** The checks that were not made, because another one failed; those that could be made all the same come in their place. */
export function unmade(because: CheckName, names: readonly CheckName[], made: readonly Finding[] = []): Finding[] {
  return names.map((name) => made.find((finding) => finding.name === name) ?? skipped(name, `not made: see ${because}`))
}

async function shownBy(place: Place, { clock, signal }: NetworkTask): Promise<ShownServer | CertletError> {
  try {
    return await showServer(place, { now: () => clock.now(), signal, timeoutMs: STEP_MS })
  } catch (error) {
    if (error instanceof CertletError && !signal.aborted) return error
    throw error
  }
}

/** Behind a proxy it is the proxy's name that this machine looks up, and the proxy that it connects to. */
function firstHop({ url, proxyUrl }: Place): { host: string; port: number; what: string } {
  const { hostname, port, protocol } = new URL(proxyUrl ?? url)
  const usual: Record<string, number> = { 'http:': 80, 'https:': 443, 'socks5:': 1080 }
  return {
    host: hostname,
    port: Number(port || (usual[protocol] ?? 443)),
    what: proxyUrl === undefined ? 'the API server' : 'the proxy',
  }
}
