import { type CertletError } from '../errors.ts'
import type { Waiting } from './report.ts'

/** Why nothing has come yet: a label of few values, and a sentence with what to do next. */
export type Why = Pick<Waiting, 'reason' | 'sentence'>

/** Why something that failed has to wait. The hint is part of the sentence: who reads it sees nothing else. */
export function whyOf(error: CertletError): Why {
  return { reason: reasonOf(error), sentence: `${error.message}; ${error.hint}` }
}

function reasonOf({ code }: CertletError): Why['reason'] {
  switch (code) {
    case 'UNAUTHORIZED':
    case 'PROOF_FAILED':
    case 'FORBIDDEN':
    case 'CREDENTIAL_PLUGIN':
      return 'credential-refused'
    case 'CSR_DENIED':
      return 'denied'
    case 'CSR_FAILED':
    case 'CERTIFICATE_REFUSED':
    case 'REQUEST_INVALID':
      return 'failed'
    case 'NO_ADDRESS':
      return 'no-address'
    case 'KUBECONFIG_MISSING':
    case 'KUBECONFIG_INVALID':
    case 'TOKEN_MALFORMED':
    case 'INSECURE_REFUSED':
    case 'CA_UNREADABLE':
      return 'no-bootstrap-kubeconfig'
    default:
      if (code.startsWith('API_')) return 'api-error'
      return code.startsWith('DISK_') ? 'disk-error' : 'other'
  }
}
