import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What Node.js has loaded of itself when a program ends. */
function loadedBy(program: string, ...args: string[]): string[] {
  const line = `process.once('exit', () => console.log(process.moduleLoadList.join('\\n'))); ${program}`
  const options = ['--input-type=module', '-e', line, '--', ...args]
  return spawnSync(process.execPath, options, { cwd: root, encoding: 'utf8' }).stdout.split('\n')
}

describe('built-ins that the bundle requires', () => {
  const isUndici = (name: string): boolean => name.endsWith('internal/deps/undici/undici')

  it('come without undici, which an import of node:http loads', () => {
    assert.ok(loadedBy("await import('node:http')").some(isUndici))
    const start = "process.argv.splice(1, 0, ''); (await import('./dist/cli.cjs')).start(process)"
    const loaded = loadedBy(start, 'bootstrap', '--bootstrap-kubeconfig', '/not/there', '--kubeconfig', '/not/there')
    assert.ok(loaded.includes('NativeModule https'), loaded.join(' '))
    assert.ok(!loaded.some(isUndici))
    assert.ok(!loaded.includes('NativeModule child_process'), 'nor is that loaded which nobody has called')
  })
})
