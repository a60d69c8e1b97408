import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder {
  readonly path: string
  file(name: string): string
}

/** A folder of its own for each test of the surrounding `describe`, removed afterwards. */
export function temporaryFolder(): TemporaryFolder {
  let path = ''
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'certlet-test-'))
  })
  afterEach(() => {
    rmSync(path, { recursive: true, force: true })
  })
  return {
    get path() {
      return path
    },
    file: (name) => join(path, name),
  }
}
