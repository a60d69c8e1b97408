import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/**
 * Calls `changed` when a file appears, changes or goes. This is a help, not a promise: where the folder is not there or the system has no
 * watches left, nothing is called, so whoever waits for the file has to look for it now and then as well.
 */
export function watchFile(path: string, changed: () => void): Disposable {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) changed()
    })
    watcher.on('error', () => {
      watcher.close()
    })
    return {
      [Symbol.dispose]: () => {
        watcher.close()
      },
    }
  } catch {
    return { [Symbol.dispose]: () => undefined }
  }
}
