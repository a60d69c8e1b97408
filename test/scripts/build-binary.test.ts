import assert from 'node:assert/strict'
import { buildBinary } from '../../scripts/build-binary.ts'

describe('building the binary', () => {
  it('says how to get the Node.js of another architecture, and leaves this one’s alone', async () => {
    // npm has no Node.js for it.
    await assert.rejects(buildBinary('loong64'), ({ message }: Error) => {
      assert.match(message, /no Node\.js for loong64: npm pack node-linux-loong64@[\d.]+ &&/)
      assert.doesNotMatch(message, /npm install/)
      return true
    })
  })
})
