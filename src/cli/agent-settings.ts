import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { AgentSettings, ServingSettings } from '../agent/settings.ts'
import { type Emulation, MINIMUM_EXPIRATION_SECONDS } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import type { KeyType } from '../identity/key-pair.ts'
import { nodeIdentity } from '../identity/node-identity.ts'
import type { BootstrapSource } from '../kubeconfig/bootstrap-kubeconfig.ts'
import type { Log } from '../log.ts'
import { countOf, durationOf, listOf, textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import type { World } from './world.ts'

/** What `agentFlags` say, checked. @throws CertletError USAGE, NODE_NAME_INVALID */
export async function agentSettings(flags: Flags, world: World): Promise<AgentSettings> {
  const kubeconfigPath = resolve(textOf(flags, 'kubeconfig') ?? '')
  const source = await sourceOf(flags, world)
  if (source.kind !== 'stdin' && resolve(source.path) === kubeconfigPath) {
    throw new CertletError(
      'USAGE',
      '--bootstrap-kubeconfig and --kubeconfig name the same file: it would be removed at the end',
    )
  }
  const expirationSeconds = expirationOf(flags)
  const serving: ServingSettings = {
    nodeIps: listOf(flags, 'node-ip'),
    sans: listOf(flags, 'san'),
    machineNetwork: () => world.network(),
  }
  return {
    identity: nodeIdentity({ hostnameOverride: textOf(flags, 'hostname-override'), osHostname: world.hostname() }),
    source,
    kubeconfigPath,
    certDir: resolve(textOf(flags, 'cert-dir') ?? ''),
    keyType: flags['key-type'] as KeyType,
    emulation: flags['emulate'] as Emulation,
    ...(expirationSeconds !== undefined && { expirationSeconds }),
    ...(flags['serving'] === true && { serving }),
    keepPairs: countOf(flags, 'keep-pairs', 0),
    keepBootstrapKubeconfig: flags['keep-bootstrap-kubeconfig'] === true,
    allowInsecure: flags['allow-insecure'] === true,
  }
}

const DEFAULT_BOOTSTRAP_KUBECONFIG = '/etc/kubernetes/bootstrap-kubelet.conf'

/** Where the bootstrap kubeconfig is, by the flags and systemd's credentials; it need not be there. */
export async function sourceOf(flags: Flags, world: World): Promise<BootstrapSource> {
  const named = textOf(flags, 'bootstrap-kubeconfig')
  if (named === '-') return { kind: 'stdin', text: await world.readStdin() }
  const credentials = world.env['CREDENTIALS_DIRECTORY']
  if (named !== undefined) {
    const inCredentials = credentials !== undefined && resolve(named).startsWith(`${resolve(credentials)}/`)
    return { kind: inCredentials ? 'credential' : 'file', path: resolve(named) }
  }
  const credential = credentials === undefined ? undefined : join(credentials, 'bootstrap-kubeconfig')
  if (credential !== undefined && existsSync(credential)) return { kind: 'credential', path: credential }
  return { kind: 'file', path: DEFAULT_BOOTSTRAP_KUBECONFIG }
}

function expirationOf(flags: Flags): number | undefined {
  if (textOf(flags, 'expiration') === undefined) return undefined
  const seconds = Math.floor(durationOf(flags, 'expiration') / 1000)
  if (seconds >= MINIMUM_EXPIRATION_SECONDS) return seconds
  throw new CertletError(
    'USAGE',
    `--expiration must be at least ${MINIMUM_EXPIRATION_SECONDS / 60}m: the API server refuses shorter ones`,
  )
}

/** Key types that a kubelet never makes; the stock signer signs them, but approvers and clients may be stricter. */
export function warnOfUnusualKeys({ keyType }: AgentSettings, log: Log): void {
  if (keyType === 'ecdsa-p256') return
  log.warn('a kubelet makes ECDSA P-256 keys only; approvers may refuse others', { keyType })
  if (keyType === 'ed25519')
    log.warn('Ed25519 certificates are not accepted by all TLS clients, and not under FIPS rules before 186-5')
}
