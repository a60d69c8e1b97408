import { lstatSync, readdirSync, realpathSync, renameSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CertletError } from '../errors.ts'
import type { Purpose } from '../csr/constants.ts'
import type { Log } from '../log.ts'
import { attempt } from './disk-error.ts'
import { readPair, type Pair } from './pair.ts'
import { readLink, readOwnFile } from './read-file.ts'
import { removeDrafts, removeFile, replaceFile, replaceLink, syncDirectory } from './replace-file.ts'

/** The pair in use, and where it was read; or why what is there cannot be used. */
export type CurrentCredential = (Pair & { path: string; broken?: never }) | { path: string; broken: string }

/** Keys and certificates of one purpose in one folder, laid out as the kubelet's. Source: client-go util/certificate, certificate_store.go. */
export interface CredentialStore {
  /** The link that names the pair in use: what a kubeconfig refers to. */
  readonly currentPath: string
  /** The text of the pending key as it is found, sound or not; undefined if there is none. */
  readPendingKey(): string | undefined
  writePendingKey(pem: string): void
  /** Makes a pending key that was found durable: whoever wrote it may have been killed, or the disk have failed, before it was. */
  securePendingKey(): void
  removePendingKey(): void
  /** Path of the dated pair that the link leads to; undefined if it leads nowhere. */
  currentPair(): string | undefined
  /** The pair that a kubelet would find here; undefined if there is none at all. A damaged one is no error, but `broken`. */
  readCurrent(): CurrentCredential | undefined
  /**
   * Writes a pair durably, reads it back, then makes it the current one. Doing it again with the same pair changes nothing.
   * @param now - gives the file its name.
   * @returns the path of the pair.
   */
  commit(pair: Pair & { now: Date }): string
  /** Paths of all dated pairs, oldest first, the current one among them. */
  pairs(): string[]
  /** Removes all dated pairs but the current one and the `keep` newest others, and stray drafts. Returns the paths of the pairs removed. */
  prune(keep: number): string[]
}

const PREFIXES = { client: 'kubelet-client', serving: 'kubelet-server' } as const satisfies Record<Purpose, string>

/**
 * Opens the store of one purpose, and finishes or discards what a killed process left half done (a switch of the kubelet's, drafts of
 * ours) unless `readOnly`. The folder must exist; hold its lock (lockFolder) unless `readOnly`.
 * @param uid - files of other users, root's excepted, are refused.
 * @throws CertletError DISK_FOREIGN where a link, a file or an owner is not what it should be, another DISK_ code if the disk refuses;
 * so does every method.
 */
export function openCredentialStore({
  directory,
  purpose,
  uid,
  log,
  readOnly = false,
}: {
  directory: string
  purpose: Purpose
  uid: number
  log?: Log
  readOnly?: boolean
}): CredentialStore {
  const prefix = PREFIXES[purpose]
  const folder = resolve(directory) // the link's target must be absolute, as the kubelet's is
  const file = (suffix: string): string => join(folder, prefix + suffix)
  const currentPath = file('-current.pem')
  const updatedPath = file('-updated.pem')
  const pendingPath = file('.key.tmp')
  const dated = new RegExp(`^${prefix}-\\d{4}(-\\d\\d){5}\\.pem$`)

  function recover(): void {
    if (!exists(currentPath) && readLink(updatedPath) !== undefined) {
      attempt('switch', currentPath, () => {
        renameSync(updatedPath, currentPath)
        syncDirectory(folder)
      })
      log?.info('finished the switch to a new pair that another process had begun', { path: currentPath })
    }
    discardDrafts('removed drafts of a process that was killed')
  }

  /** Of both purposes: no draft outlives the call that makes it, unless the process or the disk fails in it. */
  function discardDrafts(message: string): void {
    const drafts = attempt('clean', folder, () => Object.values(PREFIXES).flatMap((one) => removeDrafts(folder, one)))
    if (drafts.length > 0) log?.info(message, { files: drafts })
  }

  function readCurrent(): CurrentCredential | undefined {
    for (const link of [currentPath, updatedPath]) {
      const target = readLink(link)
      if (target !== undefined && exists(link)) return readStored(resolve(folder, target))
    }
    const [certificate, key] = [file('.crt'), file('.key')]
    if (exists(certificate) && exists(key)) return readStored(certificate, key)
    const dangling = readLink(currentPath)
    return dangling === undefined ? undefined : { path: dangling, broken: 'the current link points at nothing' }
  }

  function readStored(path: string, keyPath = path): CurrentCredential {
    try {
      const certificate = readThrough(path)
      const key = readThrough(keyPath)
      if (key && (key.mode & 0o077) !== 0) {
        log?.warn('a private key can be read by other users', { path: keyPath, mode: key.mode.toString(8) })
      }
      return { path, ...readPair(certificate?.text ?? '', key?.text ?? '') }
    } catch (error) {
      if (error instanceof CertletError && error.code === 'DISK_FOREIGN') return { path, broken: error.message }
      throw error
    }
  }

  /** A pair may stand behind links of the operator's; its owner counts all the same. */
  function readThrough(path: string): ReturnType<typeof readOwnFile> {
    return readOwnFile(
      attempt('read', path, () => realpathSync(path)),
      uid,
    )
  }

  function pairs(): string[] {
    return attempt('list', folder, () =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile() && dated.test(entry.name))
        .map(({ name }) => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
        // By time of writing: the kubelet's names are local time, which goes back once a year.
        .sort((a, b) => a.time - b.time || (a.path < b.path ? -1 : 1))
        .map(({ path }) => path),
    )
  }

  function commit({ certificatePem, privateKeyPem, now }: Pair & { now: Date }): string {
    readLink(currentPath) // refuses what is no link before anything is written
    const content = certificatePem + privateKeyPem
    const found = pairs().find((pair) => readOwnFile(pair, uid)?.text === content)
    if (found !== undefined) secure() // the run that wrote it may have ended before it was durable
    const path = found ?? write(content, now)
    replaceLink(currentPath, path)
    return path
  }

  function secure(): void {
    attempt('sync', folder, () => {
      syncDirectory(folder)
    })
  }

  /** Names are in UTC. One that is taken is left alone, and the next free second used. */
  function write(content: string, now: Date): string {
    for (let time = now.getTime(); ; time += 1000) {
      const path = file(`-${new Date(time).toISOString().slice(0, 19).replace(/[T:]/g, '-')}.pem`)
      if (attempt('look at', path, () => lstatSync(path, { throwIfNoEntry: false }))) continue
      replaceFile(path, content, 0o600)
      const { broken } = readStored(path)
      if (broken === undefined) return path
      removeFile(path)
      throw new CertletError('DISK_ERROR', `Cannot use ${JSON.stringify(path)} after writing it: ${broken}`)
    }
  }

  function prune(keep: number): string[] {
    discardDrafts('removed drafts that the disk had not let go')
    if (!exists(currentPath)) return [] // then nothing says which pair is still needed
    const current = attempt('read', currentPath, () => realpathSync(currentPath))
    const others = pairs().filter((path) => attempt('read', path, () => realpathSync(path)) !== current)
    const superfluous = others.slice(0, Math.max(0, others.length - keep))
    superfluous.forEach(removeFile)
    return superfluous
  }

  if (!readOnly) recover()
  return {
    currentPath,
    readPendingKey: () => readOwnFile(pendingPath, uid)?.text,
    writePendingKey: (pem) => {
      replaceFile(pendingPath, pem, 0o600)
    },
    securePendingKey: secure,
    removePendingKey: () => {
      removeFile(pendingPath)
    },
    currentPair: () =>
      exists(currentPath) ? attempt('read', currentPath, () => realpathSync(currentPath)) : undefined,
    readCurrent,
    commit,
    pairs,
    prune,
  }
}

/** Whether something stands at `path`; a link counts as what it points at, so a dangling one as nothing. */
function exists(path: string): boolean {
  return attempt('read', path, () => statSync(path, { throwIfNoEntry: false }) !== undefined)
}
