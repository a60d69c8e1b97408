import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { diskError, systemCode } from '../../store/disk-error.ts'
import { fail, failedBy, type Finding, ok, type Repair, warn } from '../finding.ts'

/** Names of certlet's and the kubelet's files in the certificate folder. Source: client-go util/certificate, certificate_store.go. */
const OURS = /^(kubelet-(client|server)([-.]|$)|certlet\.)/
const LINKS = /^kubelet-(client|server)-(current|updated)\.pem$/
const SECRET = /\.(pem|key|tmp)$/

interface Found {
  readonly path: string
  readonly name: string
  readonly stats: Stats
}

/**
 * Whether the files that are there already can be used: ours or root's, links where links belong, nothing secret that others can read.
 * @param kubeconfig - path of the node's kubeconfig.
 */
export function filesFinding(certDir: string, kubeconfig: string, uid: number): Finding {
  const name = 'files'
  let found: Found[]
  try {
    found = [...filesIn(certDir), ...fileAt(kubeconfig)]
  } catch (error) {
    return failedBy(name, diskError('look at', certDir, error))
  }
  const odd = found.find(({ stats, name: file }) => LINKS.test(file) && !stats.isSymbolicLink())
  if (odd) return fail(name, 'DISK_FOREIGN', `"${odd.path}" should be a symbolic link, and is none`)
  const others = found.find(({ stats }) => stats.uid !== uid && stats.uid !== 0)
  if (others) return fail(name, 'DISK_FOREIGN', `"${others.path}" belongs to user ${others.stats.uid}`)

  const open = found.filter(({ stats, path }) => {
    const secret = SECRET.test(path) || path === kubeconfig
    return secret && stats.isFile() && (stats.mode & 0o077) !== 0
  })
  if (open.length === 0)
    return ok(name, found.length === 0 ? 'none yet' : `${found.length}, ours, and what is secret is closed to others`)
  const repairs = open.flatMap(({ path, stats }): Repair[] =>
    stats.uid === uid ? [{ do: 'narrow-mode', path, mode: 0o600 }] : [],
  )
  const list = open.map(({ path, stats }) => `"${path}" (mode 0${(stats.mode & 0o777).toString(8)})`)
  return warn(name, `others can read ${list.join(', ')}`, 'chmod 600, or let --fix do it', repairs)
}

function filesIn(folder: string): Found[] {
  try {
    const names = readdirSync(folder).filter((file) => OURS.test(file))
    return names.flatMap((file) => fileAt(join(folder, file), file))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function fileAt(path: string, name = ''): Found[] {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats ? [{ path, name, stats }] : []
}
