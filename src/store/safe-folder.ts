import { lstatSync, readlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { geteuid } from 'node:process'
import { foreign } from './disk-error.ts'

/** As many links one after the other as Linux follows. */
const MOST_LINKS = 40

/**
 * Requires, of root, that nobody else can put another folder in the place of the one that is written to, or of one above it: who can may
 * have root write wherever he likes, however carefully each file is looked at. All on the way, links too, has to be root's; one that everybody
 * may write in, like /tmp, has to be sticky. What is not there yet is made later, in what is. Whoever is not root has no rights to lend.
 * @param path - of a file or folder; what it is in is looked at.
 * @param owner - may have the last folder as his own, if he is who the file is for.
 * @throws CertletError DISK_FOREIGN that names the folder and whose it is; the system's error.
 */
export function requireSafeFolder(action: string, path: string, owner?: number): void {
  if (geteuid?.() !== 0) return
  const folder = dirname(resolve(path))
  look(folder, { left: MOST_LINKS })

  /** @returns where the way leads in truth. */
  function look(way: string, links: { left: number }): string {
    if (way === dirname(way)) return checked(way)
    const at = join(look(dirname(way), links), way.slice(dirname(way).length).replace(/^\//, ''))
    const found = lstatSync(at, { throwIfNoEntry: false })
    if (!found?.isSymbolicLink()) return checked(at, way === folder)
    if (found.uid !== 0) throw foreign(action, path, `"${at}" on the way is a link of user ${found.uid}`)
    if (links.left-- === 0) throw foreign(action, path, `there are more than ${MOST_LINKS} links on the way`)
    return look(resolve(dirname(at), readlinkSync(at)), links)
  }

  function checked(at: string, last = false): string {
    const found = lstatSync(at, { throwIfNoEntry: false })
    if (!found) return at
    const { uid, mode } = found
    if (uid !== 0 && !(last && uid === owner)) {
      throw foreign(action, path, `the folder "${at}" belongs to user ${uid}, who could put another one there`)
    }
    if ((mode & 0o1002) === 0o0002) {
      throw foreign(action, path, `everybody may write in "${at}", and could put another folder there`)
    }
    return at
  }
}
