import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CertletError } from '../errors.ts'
import type { NodeCredential } from '../kubeconfig/bootstrap-file.ts'
import { certificatesOf } from './ca-pins.ts'
import type { Cluster } from './cluster-info.ts'
import { clusterEntry, httpsServer, userEntry } from './cluster-entry.ts'

/** What a discovery file says. */
export interface DiscoveryFile {
  readonly server: string
  /** Absent: the file leaves it to cluster-info, read from a server that the system's CAs vouch for. */
  readonly ca?: Cluster['ca']
  /** Absent: the node needs a token of its own. */
  readonly credential?: NodeCredential
  /** Keys of the cluster that do not reach the node's kubeconfig. */
  readonly ignored: readonly string[]
}

/** The largest discovery file, bytes. Real ones have a few thousand. */
export const LARGEST_DISCOVERY_FILE = 1024 * 1024

/** Keys that a node would need and does not get; whoever needs them writes a bootstrap kubeconfig. */
const NOT_TAKEN = ['proxy-url', 'tls-server-name', 'disable-compression']

/** @throws CertletError DISCOVERY_FILE_INVALID */
export function readDiscoveryFile(path: string): DiscoveryFile {
  let text: string
  try {
    if (statSync(path).size > LARGEST_DISCOVERY_FILE) throw invalid(`"${path}"`, 'it is too large to be one')
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof CertletError) throw error
    throw invalid(`"${path}"`, `it cannot be read (${String((error as NodeJS.ErrnoException).code)})`)
  }
  return parseDiscoveryFile(text, `"${path}"`, (name) => readFileSync(resolve(dirname(path), name), 'utf8'))
}

/**
 * Reads a discovery file's text.
 * @param readNamed - reads a file that the text names. Absent for one from the network, which may not point at files of this machine.
 * @throws CertletError DISCOVERY_FILE_INVALID
 */
export function parseDiscoveryFile(text: string, name: string, readNamed?: (path: string) => string): DiscoveryFile {
  const cluster = clusterEntry(text)
  if (typeof cluster === 'string') throw invalid(name, `it ${cluster}`)
  const server = httpsServer(cluster)
  if (server === undefined) throw invalid(name, 'its cluster has no https:// server')
  if (cluster['insecure-skip-tls-verify'] === true) throw invalid(name, 'insecure-skip-tls-verify is set in it')
  const material = materialOf(name, readNamed)
  const caPem = material(cluster, 'certificate-authority')
  const ca = caPem === undefined ? undefined : certificatesOf(caPem)
  if (caPem !== undefined && !ca) throw invalid(name, 'its certificate authority cannot be read')
  const user = userEntry(text)
  const credential = user && credentialOf(user, material)
  return {
    server,
    ...(ca && { ca }),
    ...(credential && { credential }),
    ignored: NOT_TAKEN.filter((key) => cluster[key] !== undefined),
  }
}

type Material = (entry: Record<string, unknown>, key: string) => string | undefined

/** Text of `key`, from `<key>-data` or from the file that `key` names. */
function materialOf(name: string, readNamed: ((path: string) => string) | undefined): Material {
  return (entry, key) => {
    const { [`${key}-data`]: data, [key]: path } = entry
    if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8')
    if (typeof path !== 'string' || path === '') return undefined
    if (!readNamed) throw invalid(name, `it came over the network, and its ${key} names a file of this machine`)
    try {
      return readNamed(path)
    } catch {
      throw invalid(name, `its ${key} names "${path}", which cannot be read`)
    }
  }
}

/** A plugin is not run: a file that was meant to tell of a cluster would tell this machine what to run. */
function credentialOf(user: Record<string, unknown>, material: Material): NodeCredential | undefined {
  const { token } = user
  if (typeof user['tokenFile'] === 'string') return { token: material(user, 'tokenFile')?.trim() ?? '' }
  if (typeof token === 'string' && token !== '') return { token }
  const certificatePem = material(user, 'client-certificate')
  const keyPem = material(user, 'client-key')
  return certificatePem !== undefined && keyPem !== undefined ? { certificatePem, keyPem } : undefined
}

function invalid(name: string, problem: string): CertletError {
  return new CertletError('DISCOVERY_FILE_INVALID', `Cannot use discovery file ${name}: ${problem}`)
}
