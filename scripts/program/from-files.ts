// What bin/certlet.js loads: the program is in files beside this one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loaderOf } from './load.ts'

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(join(__dirname, 'program', file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export const { start } = loaderOf(read)('./cli.js') as { start: (process: NodeJS.Process) => Promise<void> }
