import assert from 'node:assert/strict'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Worker } from 'node:worker_threads'
import { openCredentialStore } from '../../src/store/credential-store.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'

/** Reads a file without pause until it is told to stop, then tells how often it was there and how often not. */
const READER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { readFileSync } = require('node:fs')
  const { path, stop } = workerData
  const seen = { read: 0, missing: 0 }
  parentPort.postMessage('reading')
  while (Atomics.load(stop, 0) === 0) {
    try {
      readFileSync(path)
      seen.read++
    } catch {
      seen.missing++
    }
  }
  parentPort.postMessage(seen)
`

describe('a store that others read', () => {
  const folder = temporaryFolder()
  const open = () => openCredentialStore({ directory: folder.path, purpose: 'client', uid: process.getuid?.() ?? 0 })

  it('row 7: at no moment of a switch is there no current pair', async () => {
    const store = open()
    const [one, other] = await Promise.all([makePair(), makePair()])
    store.commit({ ...one, now: new Date() })
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const reader = new Worker(READER, { eval: true, workerData: { path: store.currentPath, stop } })
    const said = (): Promise<unknown> => new Promise((resolve) => reader.once('message', resolve))
    await said()
    for (let turn = 0; turn < 100; turn++) store.commit({ ...(turn % 2 ? one : other), now: new Date() })
    const counted = said()
    Atomics.store(stop, 0, 1)
    const { read, missing } = (await counted) as { read: number; missing: number }
    await reader.terminate()
    assert.ok(read > 0, 'it did read')
    assert.equal(missing, 0)
  })

  it('row 8: a pair is on disk before the link leads to it, and the folder after each rename', async () => {
    const store = open()
    const pair = await makePair()
    const calls: string[] = []
    const { fsyncSync, renameSync } = fs
    fs.fsyncSync = (fd) => {
      calls.push(fs.fstatSync(fd).isDirectory() ? 'sync folder' : 'sync file')
      fsyncSync(fd)
    }
    fs.renameSync = (from, to) => {
      calls.push(String(to) === store.currentPath ? 'switch link' : 'rename pair')
      renameSync(from, to)
    }
    syncBuiltinESMExports()
    try {
      store.commit({ ...pair, now: new Date() })
    } finally {
      Object.assign(fs, { fsyncSync, renameSync })
      syncBuiltinESMExports()
    }
    assert.deepEqual(calls, ['sync file', 'rename pair', 'sync folder', 'switch link', 'sync folder'])
  })
})
