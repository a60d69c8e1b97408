import type { bootstrap } from '../../src/agent/bootstrap.ts'
import type { startAgent } from '../../src/agent/run.ts'
import type { parseCertificateRequest } from '../../src/csr/certificate-request.ts'
import type { checkIssuedCertificate } from '../../src/csr/issued-certificate.ts'
import type { CertletError } from '../../src/errors.ts'
import type { parseKeyPair } from '../../src/identity/key-pair.ts'
import type { nodeIdentity } from '../../src/identity/node-identity.ts'
import type { connectionOver } from '../../src/kube/connection.ts'
import type { renderBootstrapKubeconfig } from '../../src/kubeconfig/bootstrap-file.ts'
import type { createLog } from '../../src/log.ts'
import type { readPair } from '../../src/store/pair.ts'
import { registerVariant, type SourceChange } from './hooks.ts'

/** Of certlet's sources, what the simulation calls. */
export interface Variant {
  readonly startAgent: typeof startAgent
  readonly bootstrap: typeof bootstrap
  readonly connectionOver: typeof connectionOver
  readonly CertletError: typeof CertletError
  readonly createLog: typeof createLog
  readonly parseKeyPair: typeof parseKeyPair
  readonly readPair: typeof readPair
  readonly checkIssuedCertificate: typeof checkIssuedCertificate
  readonly parseCertificateRequest: typeof parseCertificateRequest
  readonly renderBootstrapKubeconfig: typeof renderBootstrapKubeconfig
  readonly nodeIdentity: typeof nodeIdentity
}

const MODULES = [
  'agent/run',
  'agent/bootstrap',
  'kube/connection',
  'errors',
  'log',
  'identity/key-pair',
  'identity/node-identity',
  'store/pair',
  'csr/issued-certificate',
  'csr/certificate-request',
  'kubeconfig/bootstrap-file',
]

/** All nodes share what a process remembers of certificates: it has to be as much as all of them need. */
const ROOM: SourceChange = { file: 'csr/certificate.ts', from: 'const MOST = 8\n', to: 'const MOST = 2_000\n' }

const REMEMBERED = new URL('faces/remembered.ts', import.meta.url).href

/** Remembers what a function says: see faces/remembered.ts. @param keyOf - source text of the function that makes the key. */
function remember(file: string, name: string, keyOf: string, async = ''): SourceChange {
  const inner = `${name}AsItIs`
  return {
    file,
    from: `export ${async}function ${name}(`,
    to: `export const ${name} = (await import('${REMEMBERED}')).remembered(${inner}, ${keyOf}); ${async}function ${inner}(`,
  }
}

/** Changes that make the simulation fast and nothing else. */
const FAST: readonly SourceChange[] = [
  ROOM,
  remember('store/pair.ts', 'readPair', "(one, other = '') => one + other"),
  remember('kubeconfig/document.ts', 'currentContextOf', '(text) => text'),
  remember('identity/key-pair.ts', 'parseKeyPair', '(pem) => pem'),
  remember('csr/certificate-request.ts', 'parseCertificateRequest', '(pem) => pem', 'async '),
  remember(
    'csr/certificate-request.ts',
    'createCertificateRequest',
    '({ identity, keyPair, subjectAltNames }) => JSON.stringify([identity, keyPair.privateKeyPem, subjectAltNames])',
  ),
]

/** Loads certlet's sources with changes; without any, as they ship. */
export async function loadVariant(name: string, changed: readonly SourceChange[]): Promise<Variant> {
  registerVariant(name, [...changed, ...FAST])
  const modules: Record<string, unknown>[] = []
  for (const path of MODULES) {
    modules.push((await import(`../../src/${path}.ts?variant=${name}`)) as Record<string, unknown>)
  }
  return Object.assign({}, ...modules) as Variant
}
