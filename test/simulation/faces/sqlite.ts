// What stands in the place of node:sqlite: of a database, the lock on its file.
import { errno, find, type Inode } from '../machine/disk.ts'
import { currentProcess } from '../machine/process.ts'

/** Source of the code: https://www.sqlite.org/rescode.html */
const BUSY = 5

export class DatabaseSync {
  readonly #inode: Inode
  isOpen = true

  constructor(path: string) {
    const process = currentProcess()
    process.machine.systemCall(process, { name: 'open', path, need: 'write' })
    const { inode } = find(process.machine.disk.root, path, { follow: false })
    if (!inode) throw errno('ENOENT', path)
    this.#inode = inode
  }

  exec(): void {
    const process = currentProcess()
    const { locks } = process.machine
    const holder = locks.get(this.#inode)
    if (holder && holder !== process) throw Object.assign(new Error('database is locked'), { errcode: BUSY })
    locks.set(this.#inode, process)
    process.endings.push(() => {
      this.#unlock(process)
    })
  }

  close(): void {
    this.isOpen = false
    this.#unlock(currentProcess())
  }

  #unlock(process: unknown): void {
    const [process_, inode] = [process as ReturnType<typeof currentProcess>, this.#inode]
    if (process_.machine.locks.get(inode) === process_) process_.machine.locks.delete(inode)
  }
}
