import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { temporaryFolder } from '../support/folder.ts'

describe('lock of a folder', () => {
  const folder = temporaryFolder()

  it('is refused to a second locker until the first gives it back', async () => {
    const first = await lockFolder(folder.path)
    await assert.rejects(lockFolder(folder.path), { name: 'CertletError', code: 'LOCKED' })
    first.release()
    ;(await lockFolder(folder.path)).release()
  })

  it('ends with a process that is killed', async () => {
    const module = new URL('../../src/store/folder-lock.ts', import.meta.url).href
    const script = `const { lockFolder } = await import(${JSON.stringify(module)}); globalThis.lock = await lockFolder(${JSON.stringify(folder.path)}); console.log('held'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    using _ends = { [Symbol.dispose]: () => child.kill('SIGKILL') }
    const exit = once(child, 'exit')
    await once(child.stdout, 'data')
    await assert.rejects(lockFolder(folder.path), { code: 'LOCKED' })
    child.kill('SIGKILL')
    await exit
    ;(await lockFolder(folder.path)).release()
  })
})
