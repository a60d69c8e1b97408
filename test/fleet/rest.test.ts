import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const script = fileURLToPath(new URL('../../scripts/bench/fleet-rest-process.ts', import.meta.url))

describe('a node of a fleet that rests', () => {
  it('holds 12 KB at most', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, '300'])
    const { bytesPerNode } = JSON.parse(stdout) as { bytesPerNode: number }
    assert.ok(bytesPerNode > 300, `${bytesPerNode} bytes a node: less than a key and a certificate`)
    assert.ok(bytesPerNode <= 12 * 1024, `${bytesPerNode} bytes a node`)
  })
})
