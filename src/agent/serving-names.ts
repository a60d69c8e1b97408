import { dnsOnlyAllowed } from '../csr/constants.ts'
import { machineAddress } from '../identity/machine-address.ts'
import {
  type NodeAddress,
  requireAddress,
  type SubjectAltNames,
  subjectAltNamesFromFlags,
  subjectAltNamesFromMachine,
  subjectAltNamesFromNode,
} from '../identity/subject-alt-names.ts'
import type { AgentSettings, ServingSettings } from './settings.ts'

/** Whether the names are told by flags, so that nobody needs to look at the Node object. */
export function namesAreGiven({ nodeIps, sans }: ServingSettings): boolean {
  return nodeIps.length > 0 || sans.length > 0
}

/**
 * The names to ask for: those given, else the Node object's, else this machine's address. Source: pkg/kubelet/kubelet_getters.go.
 * @param addresses - of the Node object; undefined when there is none, or it may not be read.
 * @throws CertletError NO_ADDRESS if a kubelet would not ask with what there is; USAGE for flags that make no sense.
 */
export function wantedNames(
  { identity: { nodeName }, emulation }: AgentSettings,
  serving: ServingSettings,
  addresses: readonly NodeAddress[] | undefined,
): SubjectAltNames {
  const { nodeIps, sans } = serving
  const names = namesAreGiven(serving)
    ? subjectAltNamesFromFlags({ nodeName, nodeIps, sans })
    : addresses !== undefined && addresses.length > 0
      ? subjectAltNamesFromNode(addresses)
      : subjectAltNamesFromMachine(nodeName, machineAddress(serving.machineNetwork()))
  return requireAddress(names, { dnsOnlyAllowed: dnsOnlyAllowed(emulation) })
}
