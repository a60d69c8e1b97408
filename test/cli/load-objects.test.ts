import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { loadObjects } from '../../src/cli/load-objects.ts'
import { CertletError } from '../../src/errors.ts'
import { temporaryFolder } from '../support/folder.ts'

const names = (objects: readonly object[]): string[] =>
  objects.map((object) => (object as { metadata: { name: string } }).metadata.name)

describe('objects that a lab begins with', () => {
  const folder = temporaryFolder()
  const load = (text: string): ReturnType<typeof loadObjects> => {
    writeFileSync(folder.file('objects'), text)
    return loadObjects(folder.file('objects'))
  }
  const one = (name: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

  for (const [title, text, want] of [
    ['one object', one('a'), ['a']],
    ['several documents', `${one('a')}\n---\n${one('b')}\n---\n`, ['a', 'b']],
    ['a list', `[${one('a')},${one('b')}]`, ['a', 'b']],
    ['a List object', `{"apiVersion":"v1","kind":"List","items":[${one('b')},${one('a')}]}`, ['b', 'a']],
    ['YAML', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\n', ['y']],
  ] as const) {
    it(`are read from ${title}`, () => {
      const { objects, whole } = load(text)
      assert.deepEqual(names(objects), want)
      assert.equal(whole, false)
    })
  }

  it('are the whole state of a server in fixtures of recordings', () => {
    const { objects, whole } = load(`{"base":[{"path":"/x","object":${one('f')}}],"decisionsOnly":[]}`)
    assert.deepEqual(names(objects), ['f'])
    assert.equal(whole, true)
  })

  for (const [title, text] of [
    ['neither YAML nor JSON', '{"a": ['],
    ['something without a kind', '{"metadata":{"name":"x"}}'],
    ['plain text', 'hello'],
  ] as const) {
    it(`are refused from ${title}`, () => {
      assert.throws(
        () => load(text),
        (error: unknown) => error instanceof CertletError && error.code === 'USAGE',
      )
    })
  }
})
