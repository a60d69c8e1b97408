import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { readDecisions, replayDecision } from './replay/decision.ts'

describe('decisions of a real kube-controller-manager', () => {
  const dir = process.env['CERTLET_RECORDINGS'] ?? fileURLToPath(new URL('../recordings', import.meta.url))
  const folder = readDecisions(dir)
  for (const decision of folder.decisions) {
    it(`${decision.name} is decided as recorded`, async () => {
      const lines = await replayDecision(decision, folder)
      assert.deepEqual(lines, [])
    })
  }
})
