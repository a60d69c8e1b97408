import { KubeConfig } from '@kubernetes/client-node'
import { type RetryPolicy, retrying } from '../backoff.ts'
import { dnsOnlyAllowed } from '../csr/constants.ts'
import { machineAddress } from '../identity/machine-address.ts'
import {
  requireAddress,
  type SubjectAltNames,
  subjectAltNamesFromFlags,
  subjectAltNamesFromMachine,
  subjectAltNamesFromNode,
} from '../identity/subject-alt-names.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { nodeAddresses } from '../kube/nodes.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { AgentContext } from './context.ts'
import type { Wait } from './deadline.ts'
import { judgeCurrent, type Usable } from './judge.ts'
import { obtain } from './obtain.ts'
import type { BootstrapSettings, ServingSettings } from './settings.ts'

/** How the serving credential came to be in place. */
export interface ServingCredential {
  readonly how: 'kept' | 'issued'
  readonly credential: Usable
  readonly requestName?: string
}

export interface ServingTask {
  readonly settings: BootstrapSettings
  readonly serving: ServingSettings
  readonly store: CredentialStore
  readonly retry: RetryPolicy
  readonly wait: Wait
  readonly context: AgentContext
}

/**
 * Sees to it that the node has a serving credential with its names in it. The request is made with the node's own client credential,
 * as the API server wants it. Source: pkg/kubelet/certificate/kubelet.go, NewKubeletServerCertificateManager.
 * @throws CertletError NO_ADDRESS, and whatever `obtain` throws.
 */
export async function servingCredential(task: ServingTask): Promise<ServingCredential> {
  const { settings, serving, store, retry, wait, context } = task
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromFile(settings.kubeconfigPath)
  using connection = connectionTo(kubeConfig, retry)
  const names = await wantedNames(connection, { settings, serving, wait })
  const subjectAltNames = requireAddress(names, { dnsOnlyAllowed: dnsOnlyAllowed(settings.emulation) })

  const needs = { identity: settings.identity, purpose: 'serving', subjectAltNames, now: context.clock.now() } as const
  const current = judgeCurrent(store, needs)
  if (current.kind === 'usable') return { how: 'kept', credential: current }
  const because = current.kind === 'absent' ? 'this node has no serving credential yet' : current.why
  context.log.info('requesting a serving certificate', {
    because,
    names: [...subjectAltNames.dnsNames, ...subjectAltNames.ipAddresses],
  })
  const { keyPair, issued, requestName } = await obtain(
    { purpose: 'serving', settings, subjectAltNames },
    { connection, store, wait, context },
  )
  const pair = { certificatePem: issued.certificatePem, privateKeyPem: keyPair.privateKeyPem }
  const path = store.commit({ ...pair, now: context.clock.now() })
  store.removePendingKey()
  store.prune(settings.keepPairs)
  context.log.info('the credential is written', { path })
  return { how: 'issued', credential: { kind: 'usable', pair, certificate: issued }, requestName }
}

/** The names to ask for: those given, else the Node object's, else this machine's address. Source: pkg/kubelet/kubelet_getters.go. */
async function wantedNames(
  connection: Connection,
  { settings, serving, wait }: Pick<ServingTask, 'settings' | 'serving' | 'wait'>,
): Promise<SubjectAltNames> {
  const { nodeName } = settings.identity
  const { nodeIps, sans } = serving
  if (nodeIps.length > 0 || sans.length > 0) return subjectAltNamesFromFlags({ nodeName, nodeIps, sans })
  const addresses = await retrying(
    () => nodeAddresses(connection, nodeName, wait.signal),
    connection.retry,
    wait.signal,
  )
  if (addresses !== undefined && addresses.length > 0) return subjectAltNamesFromNode(addresses)
  return subjectAltNamesFromMachine(nodeName, machineAddress(serving.machineNetwork()))
}
