import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sandbox } from './support/command.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the examples', () => {
  it('join.sh joins with a token from standard input', async () => {
    await using node = await sandbox()
    const flags = [
      '--kubeconfig',
      node.path('kubelet.conf'),
      '--cert-dir',
      node.path('pki'),
      '--hostname-override',
      'n1',
    ]
    const env = { PATH: process.env['PATH'] ?? '', CERTLET: `${process.execPath} ${root}bin/certlet.js` }
    const child = spawn('sh', [`${root}examples/join.sh`, ...flags], { env, stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin.end(node.lab.bootstrapKubeconfig())
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 0)
    assert.ok(existsSync(node.path('kubelet.conf')))
  })

  it('join.sh is sound shell', () => {
    assert.equal(spawnSync('sh', ['-n', `${root}examples/join.sh`]).status, 0)
  })
})
