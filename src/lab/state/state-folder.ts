/** A lab's objects on disk. A change is durable before it is acknowledged: what a client was told survives a kill or a power cut. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { StatusError } from '../status.ts'
import type { Journal, KubeObject } from '../storage.ts'

export interface StateFolder {
  /** Whether an earlier lab has left objects here. */
  readonly resumed: boolean
  /** Writes down what the store is told; of each journal that was asked for, only the last one is in use. */
  journal(): Journal
  /** Forgets all objects; the revision begins anew. */
  clear(): void
  /** Runs `act`; all that is written meanwhile is kept together, or none of it. */
  atomically<T>(act: () => T): T
  /** A text that is kept beside the objects. */
  read(name: string): string | undefined
  write(name: string, text: string): void
  close(): void
}

/** Of the tables below; a folder of another version is not touched. */
const VERSION = 1

/** Source: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5

/**
 * Opens the state in a folder, `lab.db` (0600), for this process alone.
 * @param dir - made with 0700 when missing.
 * @throws TypeError when another lab uses it, or it is not the state of a lab; the system's error when the disk refuses.
 */
export async function openState(dir: string): Promise<StateFolder> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'lab.db')
  closeSync(openSync(path, 'a', 0o600)) // SQLite makes its other files with the mode of this one
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    return stateIn(database)
  } catch (error) {
    database.close()
    const busy = (error as { errcode?: number }).errcode === SQLITE_BUSY
    const why = busy ? 'another lab is at work on it' : `it is not the state of a lab: ${(error as Error).message}`
    throw new TypeError(`${path}: ${why}`, { cause: error })
  }
}

function stateIn(database: DatabaseSync): StateFolder {
  // Exclusive: no second lab, and no shared memory beside the file. Full: each commit is on the disk before it counts.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  database.exec('BEGIN IMMEDIATE; COMMIT') // takes the lock now
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version !== 0 && version !== VERSION) throw new Error(`its version is ${version}, not ${VERSION}`)
  database.exec(`
    CREATE TABLE IF NOT EXISTS objects (collection TEXT, key TEXT, object TEXT, PRIMARY KEY (collection, key)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS texts (name TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID;
    PRAGMA user_version = ${VERSION}`)
  const put = database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?)')
  const remove = database.prepare('DELETE FROM objects WHERE collection = ? AND key = ?')
  const all = database.prepare('SELECT collection, key, object FROM objects')
  const readText = database.prepare('SELECT text FROM texts WHERE name = ?')
  const writeText = database.prepare('INSERT OR REPLACE INTO texts VALUES (?, ?)')
  const read = (name: string): string | undefined => (readText.get(name) as { text: string } | undefined)?.text

  let together = false
  function atomically<T>(act: () => T): T {
    if (together) return act()
    database.exec('BEGIN')
    together = true
    try {
      const result = act()
      database.exec('COMMIT')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    } finally {
      together = false
    }
  }

  return {
    resumed: read('revision') !== undefined,
    journal: () => ({
      saved: { revision: Number(read('revision') ?? 1), objects: all.all().map(objectOf) },
      write: (collection, { type, key, object, revision }) => {
        try {
          atomically(() => {
            if (type === 'DELETED') remove.run(collection, key)
            else put.run(collection, key, JSON.stringify(object))
            writeText.run('revision', String(revision))
          })
        } catch (error) {
          throw new StatusError(
            500,
            'InternalError',
            `Internal error occurred: the lab cannot keep its state: ${String(error)}`,
          )
        }
      },
    }),
    clear: () => {
      database.exec("DELETE FROM objects; DELETE FROM texts WHERE name = 'revision'")
    },
    atomically,
    read,
    write: (name, text) => {
      writeText.run(name, text)
    },
    close: () => {
      database.close()
    },
  }
}

function objectOf(row: Record<string, unknown>): readonly [string, string, KubeObject] {
  const { collection, key, object } = row as { collection: string; key: string; object: string }
  return [collection, key, JSON.parse(object) as KubeObject]
}
