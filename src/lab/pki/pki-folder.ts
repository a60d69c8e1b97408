/** A folder of keys and certificates under kubeadm's names: what is there is used, what is missing is made. */
import { createPublicKey, generateKeyPair, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import {
  administratorPurpose,
  apiServerPurpose,
  createAuthority,
  issue,
  loadAuthority,
  type Authority,
  type KeyPair,
  type Purpose,
} from './authority.ts'
import type { SubjectAlternativeNames } from './subject-alternative-names.ts'

/** Keys and certificates of a control plane, under the names that kubeadm's files have. */
export interface Pki {
  readonly ca: Authority
  readonly frontProxyCa: Authority
  readonly apiServer: KeyPair
  readonly apiServerKubeletClient: KeyPair
  readonly frontProxyClient: KeyPair
  readonly administrator: KeyPair
  readonly controllerManager: KeyPair
  /** For service account tokens. */
  readonly serviceAccount: { readonly keyPem: string; readonly publicKeyPem: string }
}

export interface PkiOptions {
  readonly now: Date
  /** This machine's name, for the API server's certificate. */
  readonly hostName: string
  /** Further names of the API server. */
  readonly names?: Partial<SubjectAlternativeNames>
}

/**
 * @param dir - made when missing; files are written whole and durably, keys with mode 0600. In a folder that nobody may write to,
 * what is missing lives in memory alone.
 * @throws TypeError naming the file, when a file is there but of no use (a certificate without its key, or not a CA's).
 */
export async function loadOrCreatePki(dir: string, options: PkiOptions): Promise<Pki> {
  await mkdir(dir, { recursive: true, mode: 0o755 })
  const ca = await authority(dir, 'ca', 'kubernetes', options.now)
  const frontProxyCa = await authority(dir, 'front-proxy-ca', 'front-proxy-ca', options.now)
  const leaf = (name: string, signer: Authority, purpose: Purpose): Promise<KeyPair> =>
    pair(dir, name, () => issue(signer, purpose, options))
  return {
    ca,
    frontProxyCa,
    apiServer: await leaf('apiserver', ca, apiServerPurpose(options.hostName, options.names)),
    apiServerKubeletClient: await leaf('apiserver-kubelet-client', ca, {
      commonName: 'kube-apiserver-kubelet-client',
      organization: 'system:masters',
      extendedKeyUsage: 'client auth',
    }),
    frontProxyClient: await leaf('front-proxy-client', frontProxyCa, {
      commonName: 'front-proxy-client',
      extendedKeyUsage: 'client auth',
    }),
    administrator: await leaf('admin', ca, administratorPurpose),
    controllerManager: await leaf('controller-manager', ca, {
      commonName: 'system:kube-controller-manager',
      extendedKeyUsage: 'client auth',
    }),
    serviceAccount: await serviceAccountKey(dir),
  }
}

async function authority(dir: string, name: string, commonName: string, now: Date): Promise<Authority> {
  const { certificatePem, keyPem } = await pair(dir, name, () => createAuthority(commonName, now))
  try {
    return loadAuthority(certificatePem, keyPem)
  } catch (error) {
    throw new TypeError(`Cannot use ${join(dir, name)}.crt as certificate authority: ${String(error)}`, {
      cause: error,
    })
  }
}

async function pair(dir: string, name: string, create: () => Promise<KeyPair>): Promise<KeyPair> {
  const certificatePem = await readIfThere(join(dir, `${name}.crt`))
  const keyPem = await readIfThere(join(dir, `${name}.key`))
  if (certificatePem !== undefined && keyPem !== undefined) return { certificatePem, keyPem }
  if (certificatePem !== undefined || keyPem !== undefined) {
    throw new TypeError(`Cannot use ${join(dir, name)}.*: of certificate and key only one is there`)
  }
  const made = await create()
  await keep(join(dir, `${name}.key`), made.keyPem, 0o600)
  await keep(join(dir, `${name}.crt`), made.certificatePem, 0o644)
  return made
}

async function serviceAccountKey(dir: string): Promise<Pki['serviceAccount']> {
  const keyPem = (await readIfThere(join(dir, 'sa.key'))) ?? (await newServiceAccountKey(dir))
  const known = await readIfThere(join(dir, 'sa.pub'))
  if (known !== undefined) return { keyPem, publicKeyPem: known }
  const publicKeyPem = createPublicKey(keyPem).export({ format: 'pem', type: 'spki' })
  await keep(join(dir, 'sa.pub'), publicKeyPem, 0o644)
  return { keyPem, publicKeyPem }
}

async function newServiceAccountKey(dir: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const keyPem = privateKey.export({ format: 'pem', type: 'sec1' })
  await keep(join(dir, 'sa.key'), keyPem, 0o600)
  return keyPem
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes a file that was made, unless the folder is read-only. */
async function keep(path: string, content: string, mode: number): Promise<void> {
  try {
    await replaceFile(path, content, mode)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EROFS', 'EACCES', 'EPERM'].includes(code)) throw error
  }
}

/** Replaces `path`; a reader sees the whole old content or the whole new one, even after a power cut. */
async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp` // in the same directory, so that rename stays atomic
  try {
    await writeFile(draft, content, { flag: 'wx', mode, flush: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const directory = await open(dirname(path))
  await directory.sync().finally(() => directory.close())
}
