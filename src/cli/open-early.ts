import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { EarlyAgent, EarlyConnections } from '../kube/early-agent.ts'
import { insecurities, readApiServer } from '../kubeconfig/api-server.ts'
import { currentContextOf } from '../kubeconfig/document.ts'
import { readNamedFile } from '../kubeconfig/named-file.ts'
import { sourceOf } from './agent-settings.ts'
import type { Flags } from './command.ts'
import { textOf } from './common-flags.ts'
import type { World } from './world.ts'

/** The request's, and that of the watch beside it. */
const CONNECTIONS = 2

/**
 * Begins to open the first connections of a bootstrap while the code that makes its requests is still being loaded. Only where it is plain
 * that there will be requests, and how they go: nothing is there yet, and the bootstrap kubeconfig, a file, names a server that is reached
 * directly and a token. Nothing is sent by them before all is checked that is checked without them. What is wrong is no matter here: the
 * command reads all of it again and says so.
 * @returns what was opened, if anything; to be disposed of at the command's end.
 */
export async function openEarly(flags: Flags, world: World): Promise<EarlyConnections> {
  const early = new EarlyConnections()
  try {
    if (flags['dry-run'] === true || textOf(flags, 'bootstrap-kubeconfig') === '-' || hasCredential(flags)) return early
    const source = await sourceOf(flags, world)
    if (source.kind === 'stdin') return early
    const origin = { name: `"${source.path}"`, folder: dirname(source.path) }
    const text = readNamedFile(source.path, 'bootstrap kubeconfig', { code: 'KUBECONFIG_INVALID' }).toString('utf8')
    const current = currentContextOf(text)
    if ('problem' in current || current.user.token === undefined) return early
    const server = readApiServer(current.cluster, origin)
    if (insecurities(server).length > 0 || server.proxyUrl !== undefined) return early
    const { caPem, tlsServerName } = server
    if (caPem === undefined) return early
    const agent = new EarlyAgent({ ca: caPem, servername: tlsServerName }, early)
    agent.openAhead(new URL(server.url), CONNECTIONS)
    await setImmediate() // else the first packets would leave when all is loaded: loading does not wait for anything
  } catch {
    // Said by the command.
  }
  return early
}

function hasCredential(flags: Flags): boolean {
  const pair = join(textOf(flags, 'cert-dir') ?? '', 'kubelet-client-current.pem')
  return existsSync(textOf(flags, 'kubeconfig') ?? '') || existsSync(pair)
}
