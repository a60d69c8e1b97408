import { cryptoProvider, x509 } from '../identity/crypto-provider.ts'
import type { KeyPair } from '../identity/key-pair.ts'
import type { NodeIdentity } from '../identity/node-identity.ts'
import type { SubjectAltNames } from '../identity/subject-alt-names.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import { alternativeNames, type AlternativeNames } from './alternative-names.ts'

const LABEL = 'CERTIFICATE REQUEST'

/**
 * A PKCS#10 request, byte for byte as a kubelet makes it but for key and signature: two RDNs, O before CN, both PrintableString; no
 * attributes without names, else one extensionRequest with subjectAltName (not critical, DNS names before IP addresses).
 * Source: client-go util/cert, MakeCSRFromTemplate; Go crypto/x509, CreateCertificateRequest.
 */
export async function createCertificateRequest({
  identity,
  keyPair,
  subjectAltNames,
}: {
  identity: NodeIdentity
  keyPair: KeyPair
  subjectAltNames?: SubjectAltNames | undefined
}): Promise<{ pem: string; der: Uint8Array }> {
  const { dnsNames, ipAddresses } = subjectAltNames ?? { dnsNames: [], ipAddresses: [] }
  const names = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ]
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: new x509.Name([
        { O: [{ printableString: identity.organization }] },
        { CN: [{ printableString: identity.commonName }] },
      ]),
      keys: keyPair,
      signingAlgorithm: keyPair.signingAlgorithm,
      extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
    },
    cryptoProvider,
  )
  const der = new Uint8Array(request.rawData)
  return { pem: encodePem(LABEL, der), der }
}

/** A request, decoded. */
export interface ParsedRequest {
  commonName: string
  organization: string[]
  subjectAltNames: AlternativeNames
  /** Subject public key info, DER. */
  spki: Uint8Array
  /** Whether the request is signed by the key that it bears. */
  signatureValid: boolean
}

/**
 * Reads the first PEM block of `pem`, as the API server does.
 * @throws Error if that is no certificate request. A wrong signature is no error here, but `signatureValid: false`.
 */
export async function parseCertificateRequest(pem: string): Promise<ParsedRequest> {
  const [block] = pemBlocks(pem)
  if (block?.label !== LABEL) throw new Error(`the first PEM block is not a ${LABEL}`)
  const request = new x509.Pkcs10CertificateRequest(Buffer.from(block.der))
  const names = request.getExtension(SUBJECT_ALT_NAME)
  return {
    commonName: request.subjectName.getField('CN').at(-1) ?? '',
    organization: request.subjectName.getField('O'),
    subjectAltNames: alternativeNames(names),
    spki: new Uint8Array(request.publicKey.rawData),
    signatureValid: await request.verify(cryptoProvider).catch(() => false),
  }
}

const SUBJECT_ALT_NAME = '2.5.29.17'
