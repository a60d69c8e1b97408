import { type ParsedRequest, parseCertificateRequest } from '../csr/certificate-request.ts'
import type { NewSigningRequest } from '../csr/signing-request.ts'
import { CertletError } from '../errors.ts'
import { generateKeyPair } from '../identity/key-pair.ts'
import { machineAddress } from '../identity/machine-address.ts'
import { subjectAltNamesFromFlags, subjectAltNamesFromMachine } from '../identity/subject-alt-names.ts'
import { readBootstrapKubeconfig } from '../kubeconfig/bootstrap-kubeconfig.ts'
import { readClientKubeconfig } from '../kubeconfig/client-kubeconfig.ts'
import { openKeyBindings } from '../store/key-bindings.ts'
import type { AgentContext } from './context.ts'
import { judge } from './judge.ts'
import { plannedRequest, type Wish } from './planned-request.ts'
import { removableFiles } from './remove-bootstrap.ts'
import type { BootstrapSettings } from './settings.ts'

/** What a bootstrap would do. The key of each request is thrown away, so a real run's request has another name. */
export interface Plan {
  readonly server: string
  readonly insecure: readonly string[]
  /** Expiry of the credential that is already there, so that nothing would be requested for the client. */
  readonly usableUntil?: Date
  readonly requests: readonly PlannedRequest[]
  readonly writes: readonly string[]
  readonly removes: readonly string[]
}

export interface PlannedRequest {
  readonly purpose: Wish['purpose']
  readonly object: NewSigningRequest
  readonly decoded: ParsedRequest
}

/**
 * Plans a bootstrap without writing or sending anything.
 * @throws CertletError for a bootstrap kubeconfig that a run could not use.
 */
export async function planBootstrap(settings: BootstrapSettings, context: AgentContext): Promise<Plan> {
  const source = readBootstrapKubeconfig(settings.source, settings.allowInsecure)
  const file = readClientKubeconfig(settings.kubeconfigPath)
  const bindings = openKeyBindings({ ...context, directory: settings.certDir })
  const needs = {
    identity: settings.identity,
    purpose: 'client',
    now: context.clock.now(),
    madeElsewhere: (key: string) => bindings.madeElsewhere(key),
  } as const
  const client = file.kind === 'readable' ? judge(file, needs) : undefined
  const usableUntil = client?.kind === 'usable' ? client.certificate.notAfter : undefined

  const wishes: Wish[] = [
    ...(usableUntil === undefined ? [{ purpose: 'client', settings } as const] : []),
    ...(settings.serving ? [{ purpose: 'serving', settings, subjectAltNames: likelyNames(settings) } as const] : []),
  ]
  const pairs = wishes.map(({ purpose }) => (purpose === 'client' ? 'kubelet-client' : 'kubelet-server'))
  return {
    server: source.server.url,
    insecure: source.insecure,
    ...(usableUntil && { usableUntil }),
    requests: await Promise.all(wishes.map(planned)),
    writes: [
      ...pairs.map((prefix) => `${settings.certDir}/${prefix}-current.pem`),
      ...(usableUntil === undefined ? [settings.kubeconfigPath] : []),
    ],
    removes: settings.keepBootstrapKubeconfig ? [] : removableFiles(source),
  }
}

async function planned(wish: Wish): Promise<PlannedRequest> {
  const object = plannedRequest(wish, await generateKeyPair(wish.settings.keyType))
  return { purpose: wish.purpose, object, decoded: await parseCertificateRequest(object.request) }
}

/** The names as far as they can be known without asking for the Node object. */
function likelyNames({ identity: { nodeName }, serving }: BootstrapSettings): Wish['subjectAltNames'] & object {
  if (!serving) throw new CertletError('INTERNAL', 'A serving request was planned that nobody wants')
  const { nodeIps, sans } = serving
  if (nodeIps.length > 0 || sans.length > 0) return subjectAltNamesFromFlags({ nodeName, nodeIps, sans })
  return subjectAltNamesFromMachine(nodeName, machineAddress(serving.machineNetwork()))
}
