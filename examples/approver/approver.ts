// A small approver of kubelets' serving certificates, on client-node, with one hole that `certlet probe` finds: see README.md.
import 'reflect-metadata' // must stand before @peculiar/x509
import { fileURLToPath } from 'node:url'
import {
  CertificatesV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type V1CertificateSigningRequest,
} from '@kubernetes/client-node'
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509'

const SIGNER = 'kubernetes.io/kubelet-serving'
const NODE_PREFIX = 'system:node:'
const NEEDED = ['digital signature', 'server auth']
const ALLOWED = [...NEEDED, 'key encipherment']
const LONGEST_SECONDS = 367 * 86_400

/** Addresses of a node by its name; none for one that is not there. */
export type AddressesOf = (node: string) => Promise<readonly string[]>

/** What is wrong with a request; undefined where nothing is. */
export async function faultOf(
  { spec }: V1CertificateSigningRequest,
  addressesOf: AddressesOf,
): Promise<string | undefined> {
  const { username = '', groups = [], usages = [], expirationSeconds = 0 } = spec
  if (!username.startsWith(NODE_PREFIX) || !groups.includes('system:nodes')) return 'no node asks'
  const node = username.slice(NODE_PREFIX.length)

  const request = new Pkcs10CertificateRequest(Buffer.from(spec.request, 'base64').toString())
  const commonNames = request.subjectName.getField('CN')
  const organizations = request.subjectName.getField('O')
  if (commonNames.length !== 1 || commonNames[0] !== username) return 'the common name is not the node’s'
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'the organization is not system:nodes'
  if (!NEEDED.every((usage) => usages.includes(usage))) return 'a usage is missing'
  if (!usages.every((usage) => ALLOWED.includes(usage))) return 'a usage is one too many'
  if (expirationSeconds > LONGEST_SECONDS) return 'the lifetime is too long'

  const extension = request.getExtension('2.5.29.17')
  const names = extension instanceof SubjectAlternativeNameExtension ? extension.names.items : []
  const dnsNames = names.filter(({ type }) => type === 'dns').map(({ value }) => value)
  const addresses = names.filter(({ type }) => type === 'ip').map(({ value }) => value)
  if (names.length === 0) return 'there is no name'
  if (dnsNames.length + addresses.length < names.length) return 'there are names of other kinds'
  if (dnsNames.length > 1) return 'there is more than one DNS name'
  if (!dnsNames.every((name) => name.startsWith(node))) return 'the DNS name is not the node’s'
  const own = addresses.length > 0 ? await addressesOf(node) : []
  if (!addresses.every((address) => own.includes(address))) return 'an address is not the node’s'
  return undefined
}

/** Approves and denies until the signal aborts. */
export async function runApprover(kubeConfig: KubeConfig, signal: AbortSignal): Promise<void> {
  const certificates = kubeConfig.makeApiClient(CertificatesV1Api)
  const core = kubeConfig.makeApiClient(CoreV1Api)
  const addressesOf: AddressesOf = async (name) => {
    const node = await core.readNode({ name }).catch(() => undefined)
    return (node?.status?.addresses ?? []).map(({ address }) => address)
  }
  const decide = async (csr: V1CertificateSigningRequest): Promise<void> => {
    if (csr.spec.signerName !== SIGNER || csr.status?.conditions) return
    const message = await faultOf(csr, addressesOf)
    const type = message === undefined ? 'Approved' : 'Denied'
    csr.status = {
      conditions: [{ type, status: 'True', reason: 'ExampleApprover', message: message ?? 'it is the node’s own' }],
    }
    await certificates.replaceCertificateSigningRequestApproval({ name: csr.metadata?.name ?? '', body: csr })
  }
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const informer = makeInformer(kubeConfig, path, () => certificates.listCertificateSigningRequest())
  // What somebody else decided or deleted meanwhile is no business of ours any more.
  informer.on('add', (csr) => void decide(csr).catch(() => undefined))
  informer.on('error', () => undefined) // it connects again by itself
  await informer.start()
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve)
  })
  await informer.stop()
}

/** `node approver.ts`, with KUBECONFIG. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stop = new AbortController()
  process.once('SIGTERM', () => {
    stop.abort()
  })
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromDefault()
  await runApprover(kubeConfig, stop.signal)
}
