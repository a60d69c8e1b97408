import { statSync } from 'node:fs'
import type { AgentObserver, AgentReport } from '../agent/report.ts'
import type { Purpose } from '../csr/constants.ts'
import { CertletError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { CurrentCredential } from '../store/credential-store.ts'
import type { Pair } from '../store/pair.ts'
import { readOwnFile } from '../store/read-file.ts'
import { removeDraftsOf, replaceFile } from '../store/replace-file.ts'
import type { CopyTarget } from './copy-target.ts'

/**
 * Keeps the copies of `--copy` like the pairs in use: at every rotation, and at the start where one is missing, stale or of another
 * owner or mode. A failure is reported, and tried again at the next change.
 * @param readCurrent - the pair in use.
 */
export function copies(
  targets: readonly CopyTarget[],
  { readCurrent, log }: { readCurrent: (purpose: Purpose) => CurrentCredential | undefined; log: Log },
): Required<Pick<AgentObserver, 'changed' | 'happened'>> {
  /** Serial numbers of the certificates of which all copies are in place. */
  const inPlace = new Map<Purpose, string>()

  function update(purpose: Purpose, serial: string): void {
    const wanted = targets.filter((target) => target.purpose === purpose)
    if (wanted.length === 0 || inPlace.get(purpose) === serial) return
    try {
      const pair = readCurrent(purpose)
      if (!pair || pair.broken !== undefined) return // the agent says so itself
      const results = wanted.map((target) => copyOne(target, pair, log))
      if (results.every(Boolean)) inPlace.set(purpose, serial)
    } catch (error) {
      report(error, log)
    }
  }

  return {
    changed: (latest: AgentReport) => {
      for (const { purpose, ready, certificate } of [latest.client, ...(latest.serving ? [latest.serving] : [])]) {
        if (ready && certificate) update(purpose, certificate.serial)
      }
    },
    happened: (event) => {
      if (event.kind === 'rotated') update(event.purpose, event.certificate.serial)
    },
  }
}

/** @returns whether the copy is now as it should be. */
function copyOne(target: CopyTarget, pair: Pair, log: Log): boolean {
  try {
    const files = filesOf(target, pair).filter((file) => !isInPlace(file, target))
    // The key first: a reader between the two writes sees that certificate and key do not match, and no key that has been replaced.
    for (const { path, content } of files) {
      removeDraftsOf(path, target.owner) // with a key in it, of a daemon that was killed; nobody else writes there
      replaceFile(path, content, target.mode, target.owner)
    }
    if (files.length > 0) log.info('the copy is written', { purpose: target.purpose, path: target.path })
    return true
  } catch (error) {
    report(error, log, target.path)
    return false
  }
}

interface CopyFile {
  readonly path: string
  readonly content: string
}

function filesOf({ path, split }: CopyTarget, { certificatePem, privateKeyPem }: Pair): CopyFile[] {
  if (!split) return [{ path, content: certificatePem + privateKeyPem }]
  return [
    { path: `${path}.key`, content: privateKeyPem },
    { path: `${path}.crt`, content: certificatePem },
  ]
}

function isInPlace({ path, content }: CopyFile, { mode, owner }: CopyTarget): boolean {
  const found = readOwnFile(path, owner.uid)
  if (found?.text !== content || found.mode !== mode) return false
  const { uid, gid } = statSync(path)
  return uid === owner.uid && gid === owner.gid
}

function report(error: unknown, log: Log, path?: string): void {
  if (!(error instanceof CertletError)) throw error
  log.warn('the copy could not be written; it is tried again at the next change', { path, reason: error.message })
}
