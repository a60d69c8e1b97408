import { requestUsages, SIGNER_NAMES } from '../csr/constants.ts'
import { filled, type PlaceholderValues } from './placeholders.ts'
import {
  type AlternativeName,
  type FullRequest,
  type RelativeName,
  type RequestDescription,
  SHORT_SIGNERS,
} from './request-description.ts'

const NODE_SUBJECT: readonly RelativeName[] = [{ O: 'system:nodes' }, { CN: 'system:node:${node}' }]
const NODE_NAMES: readonly AlternativeName[] = [{ dns: '${node}' }, { ip: '${nodeIp}' }]

/** The request that a description asks for: what it leaves out is as a kubelet has it. */
export function fullRequest(description: RequestDescription, values: PlaceholderValues): FullRequest {
  const { signer = 'kubelet-client', key: keyType = 'ecdsa-p256' } = description
  const signerName = Object.hasOwn(SHORT_SIGNERS, signer) ? SHORT_SIGNERS[signer as keyof typeof SHORT_SIGNERS] : signer
  const purpose = signerName === SIGNER_NAMES.serving ? 'serving' : 'client'
  const { expirationSeconds } = description
  return filled<FullRequest>(
    {
      signerName,
      keyType,
      subject: description.subject ?? NODE_SUBJECT,
      sans: description.sans ?? (purpose === 'serving' ? NODE_NAMES : []),
      usages: description.usages ?? requestUsages({ purpose, keyType }),
      ...(expirationSeconds !== undefined && { expirationSeconds }),
      extensions: description.extensions ?? [],
      signature: description.signature ?? 'own',
      damage: description.damage ?? [],
      pem: description.pem ?? {},
    },
    values,
  )
}
