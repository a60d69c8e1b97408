import { hasOpenRequest } from '../agent/serving-steps.ts'
import type { AgentSettings } from '../agent/settings.ts'
import type { Looking } from '../agent/task.ts'
import { type Purpose, requestUsages } from '../csr/constants.ts'
import { requestName } from '../csr/request-name.ts'
import { type KeyPair, parseKeyPair } from '../identity/key-pair.ts'

/**
 * The name of the request that the pending key makes, if there is such a key, of this machine, that is not the one in use. Whether the
 * request is on the server only the server knows.
 */
export function openRequest(
  purpose: Purpose,
  looking: Looking,
  { identity, emulation }: Pick<AgentSettings, 'identity' | 'emulation'>,
): string | undefined {
  const pem = looking.store.readPendingKey()
  if (pem === undefined || !hasOpenRequest(looking)) return undefined
  const keyPair = readable(pem)
  if (!keyPair) return undefined
  return requestName({
    spki: keyPair.spki,
    commonName: identity.commonName,
    organizations: [identity.organization],
    usages: requestUsages({ purpose, keyType: keyPair.type, emulation }),
  })
}

/** Undefined for a key that the next run replaces by a new one. */
function readable(pem: string): KeyPair | undefined {
  try {
    return parseKeyPair(pem)
  } catch {
    return undefined
  }
}
