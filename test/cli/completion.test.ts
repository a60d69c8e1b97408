import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { certlet } from '../support/command.ts'

/** What a real bash offers for the last of the words. */
function offered(script: string, words: readonly string[]): string[] {
  const harness = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _certlet; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', harness, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

describe('completion', () => {
  it('in bash knows commands, flags, choices and files', async () => {
    const { stdout } = await certlet(['completion', 'bash'])
    assert.deepEqual(offered(stdout, ['certlet', 'jo']), ['join'])
    assert.deepEqual(offered(stdout, ['certlet', 'token', '']), ['create', 'list', 'delete'])
    assert.deepEqual(offered(stdout, ['certlet', 'token', 'create', '--wr']), ['--write-kubeconfig'])
    assert.deepEqual(offered(stdout, ['certlet', 'bootstrap', '--key-type', 'ecdsa-p3']), ['ecdsa-p384'])
    assert.deepEqual(offered(stdout, ['certlet', 'completion', 'z']), ['zsh'])
    assert.ok(offered(stdout, ['certlet', 'status', '/etc/host']).includes('/etc/hosts'))
    assert.ok(offered(stdout, ['certlet', 'status', '--check', '/etc/host']).includes('/etc/hosts'))
    assert.deepEqual(offered(stdout, ['certlet', 'status', '--output', 'ya']), ['yaml'])
    assert.deepEqual(
      offered(stdout, ['certlet', 'bootstrap', '--kubeconfig', '/etc/host']).includes('/etc/hosts'),
      true,
    )
  })

  it('in zsh is sound', async function () {
    const { stdout } = await certlet(['completion', 'zsh'])
    assert.match(stdout, /^#compdef certlet\n/)
    if (spawnSync('zsh', ['--version']).error) {
      console.log('      skipped: there is no zsh on this machine')
      this.skip()
    }
    assert.equal(spawnSync('zsh', ['-n'], { input: stdout }).status, 0)
  })
})
