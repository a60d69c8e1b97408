/** Keys and certificates of a control plane under kubeadm's names: what is there is used, what is missing is made. */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import {
  administratorPurpose,
  apiServerPurpose,
  type Authority,
  createAuthority,
  createKey,
  issue,
  type KeyPair,
  loadAuthority,
  type Purpose,
} from './authority.ts'
import { diskFolder, memoryFolder, type PkiFolder } from './folder.ts'
import type { SubjectAlternativeNames } from './subject-alternative-names.ts'

/** Under the names that kubeadm's files have. */
export interface Pki {
  readonly ca: Authority
  readonly apiServer: KeyPair
  readonly administrator: KeyPair
  readonly controllerManager: KeyPair
  readonly scheduler: KeyPair
  /** For service account tokens. */
  readonly serviceAccount: { readonly keyPem: string; readonly publicKeyPem: string }
  /** What clients have to trust, PEM: the CA, and the API server's own certificate where another CA issued it. */
  readonly trustPem: string
  /** What whoever runs the lab should know about the files. */
  readonly notices: readonly string[]
}

export interface PkiOptions {
  readonly now: Date
  /** This machine's name, for the API server's certificate. */
  readonly hostName: string
  /** Further names of the API server. */
  readonly names?: Partial<SubjectAlternativeNames>
}

/**
 * @param dir - made when missing; keys get mode 0600, and nothing that is there is overwritten. What is missing in a folder that is
 * only to be read is made in memory, as everything is without a folder.
 * @throws TypeError naming the file, when a file is there but of no use (a certificate without its key, or not a CA's).
 */
export async function controlPlanePki(dir: string | undefined, options: PkiOptions): Promise<Pki> {
  const folder = dir === undefined ? memoryFolder() : await diskFolder(dir)
  const [ca, frontProxyCa, serviceAccount] = await Promise.all([
    authority(folder, 'ca', 'kubernetes', options.now),
    // The lab itself has no use for it, nor for what follows of it.
    dir === undefined ? undefined : authority(folder, 'front-proxy-ca', 'front-proxy-ca', options.now),
    serviceAccountKey(folder),
  ])
  const leaf = (name: string, signer: Authority, purpose: Purpose): Promise<KeyPair> =>
    pair(folder, name, (keyPem) => issue(signer, purpose, { now: options.now, keyPem }))
  const client = (commonName: string, organization?: string): Purpose => ({
    commonName,
    extendedKeyUsage: 'client auth',
    ...(organization !== undefined && { organization }),
  })
  const [apiServer, administrator, controllerManager, scheduler] = await Promise.all([
    leaf('apiserver', ca, apiServerPurpose(options.hostName, options.names)),
    leaf('admin', ca, administratorPurpose),
    leaf('controller-manager', ca, client('system:kube-controller-manager')),
    leaf('scheduler', ca, client('system:kube-scheduler')),
    ...(frontProxyCa
      ? [
          leaf('apiserver-kubelet-client', ca, client('kube-apiserver-kubelet-client', 'system:masters')),
          leaf('front-proxy-client', frontProxyCa, client('front-proxy-client')),
        ]
      : []),
  ])
  const foreign = !isIssuedBy(apiServer.certificatePem, ca)
  return {
    ca,
    apiServer,
    administrator,
    controllerManager,
    scheduler,
    serviceAccount,
    trustPem: foreign ? ca.certificatePem + apiServer.certificatePem : ca.certificatePem,
    notices: [
      ...(folder.unkept.length > 0
        ? [`${folder.pathOf('')} is only to be read: made in memory are ${[...folder.unkept].sort().join(', ')}`]
        : []),
      ...(foreign ? [`${folder.pathOf('apiserver.crt')} is not from ca.crt: kubeconfigs of the lab trust both`] : []),
    ],
  }
}

async function authority(folder: PkiFolder, name: string, commonName: string, now: Date): Promise<Authority> {
  const found = await pair(folder, name, (given) => createAuthority(commonName, now, given))
  if ('name' in found) return found // made now
  const { certificatePem, keyPem } = found
  return useful(folder.pathOf(`${name}.crt`), () => loadAuthority(certificatePem, keyPem))
}

/** @param create - makes a certificate, for the key that is there or a new one. */
async function pair<Made extends KeyPair>(
  folder: PkiFolder,
  name: string,
  create: (keyPem: string | undefined) => Promise<Made>,
): Promise<Made | KeyPair> {
  const [certificate, key] = [`${name}.crt`, `${name}.key`]
  const [certificatePem, keyPem] = await Promise.all([folder.read(certificate), folder.read(key)])
  if (certificatePem !== undefined && keyPem !== undefined) {
    useful(folder.pathOf(certificate), () => {
      if (!new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem)))
        throw new TypeError('the key beside it belongs to another certificate')
    })
    return { certificatePem, keyPem }
  }
  if (certificatePem !== undefined) throw new TypeError(`Cannot use ${folder.pathOf(certificate)}: its key is missing`)
  if (keyPem !== undefined) useful(folder.pathOf(key), () => createPrivateKey(keyPem))
  // The key first: a crash in between leaves one that the next start makes a certificate for.
  const made = await create(keyPem)
  if (keyPem === undefined) await folder.add(key, made.keyPem, 0o600)
  await folder.add(certificate, made.certificatePem, 0o644)
  return made
}

async function serviceAccountKey(folder: PkiFolder): Promise<Pki['serviceAccount']> {
  const [known, knownPublic] = await Promise.all([folder.read('sa.key'), folder.read('sa.pub')])
  const keyPem = known ?? (await createKey()).keyPem
  if (known === undefined) await folder.add('sa.key', keyPem, 0o600)
  if (knownPublic !== undefined) return { keyPem, publicKeyPem: knownPublic }
  const publicKeyPem = useful(folder.pathOf('sa.key'), () =>
    createPublicKey(keyPem).export({ format: 'pem', type: 'spki' }),
  )
  await folder.add('sa.pub', publicKeyPem, 0o644)
  return { keyPem, publicKeyPem }
}

function isIssuedBy(certificatePem: string, ca: Authority): boolean {
  const issuer = new X509Certificate(ca.certificatePem)
  const certificate = new X509Certificate(certificatePem)
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

/** Runs `read`, naming the file if it cannot be used. @throws TypeError */
function useful<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new TypeError(`Cannot use ${path}: ${(error as Error).message}`, { cause: error })
  }
}
