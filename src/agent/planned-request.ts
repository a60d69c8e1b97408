import { createCertificateRequest } from '../csr/certificate-request.ts'
import { type Purpose, requestUsages, SIGNER_NAMES } from '../csr/constants.ts'
import { requestName } from '../csr/request-name.ts'
import type { NewSigningRequest } from '../csr/signing-request.ts'
import type { KeyPair } from '../identity/key-pair.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import type { AgentSettings } from './settings.ts'

/** What a request of one purpose asks for, apart from the key. */
export interface Wish {
  readonly purpose: Purpose
  readonly settings: Pick<AgentSettings, 'identity' | 'keyType' | 'emulation' | 'expirationSeconds'>
  /** Of serving requests. */
  readonly subjectAltNames?: SubjectAltNames
}

/** The request that a key and a wish make. Its name follows from them, so that it is found again after a restart. */
export function plannedRequest({ purpose, settings, subjectAltNames }: Wish, keyPair: KeyPair): NewSigningRequest {
  const { identity, emulation, expirationSeconds } = settings
  const usages = requestUsages({ purpose, keyType: keyPair.type, emulation })
  const { pem } = createCertificateRequest({ identity, keyPair, subjectAltNames })
  return {
    name: requestName({
      spki: keyPair.spki,
      commonName: identity.commonName,
      organizations: [identity.organization],
      usages,
    }),
    signerName: SIGNER_NAMES[purpose],
    request: pem,
    usages,
    ...(expirationSeconds !== undefined && { expirationSeconds }),
  }
}
