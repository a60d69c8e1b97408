import assert from 'node:assert/strict'
import { decodeMap, decodeOperations } from '../../../src/lab/patch/decode-patch.ts'
import { jsonPatch } from '../../../src/lab/patch/json-patch.ts'
import type { JsonObject } from '../../../src/lab/patch/json-value.ts'
import { mergePatch } from '../../../src/lab/patch/merge-patch.ts'
import { strategicMergePatch } from '../../../src/lab/patch/strategic-merge-patch.ts'
import { nodeType } from '../../../src/lab/schema/core.ts'

describe('a merge patch', () => {
  // RFC 7396, appendix A.
  for (const [target, patch, want] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [['a'], { a: 'b' }, { a: 'b' }],
  ] as const) {
    it(`turns ${JSON.stringify(target)} by ${JSON.stringify(patch)} into ${JSON.stringify(want)}`, () => {
      assert.deepEqual(mergePatch(structuredClone(target) as never, structuredClone(patch) as never), want)
    })
  }

  it('leaves prototypes alone', () => {
    mergePatch({}, JSON.parse('{"__proto__":{"spoiled":true}}') as JsonObject)
    assert.equal(({} as { spoiled?: boolean }).spoiled, undefined)
  })
})

describe('a JSON patch', () => {
  it('is done wholly or not at all', () => {
    const document = { a: { b: 1 } }
    assert.deepEqual(jsonPatch(document, [{ op: 'replace', path: '/a/b', value: 2 }]), { a: { b: 2 } })
    const half = [
      { op: 'add', path: '/c', value: 1 },
      { op: 'test', path: '/a/b', value: 7 },
    ]
    assert.equal(jsonPatch(document, half), undefined)
    assert.equal(jsonPatch(document, [{ op: 'frobnicate', path: '/a' }]), undefined)
    assert.deepEqual(document, { a: { b: 1 } })
  })

  it('is refused in the API server’s words when it is none', () => {
    assert.throws(() => decodeOperations('{}'), {
      message: 'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    })
    assert.throws(() => decodeOperations('[{"op":1}]'), { message: /Go struct field jsonPatchOp.op of type string/ })
    assert.deepEqual(decodeOperations('[{"op":"test","x":1}]').strict, ['json patch unknown field "[0].x"'])
    assert.deepEqual(decodeMap('{"a":{"b":1,"b":2}}', '').strict, ['duplicate field "a.b"'])
  })
})

describe('a strategic merge patch', () => {
  const node = (status: object): JsonObject => ({ kind: 'Node', status: status as JsonObject })
  const ready = { type: 'Ready', status: 'True', reason: 'Ok' }
  const disk = { type: 'DiskPressure', status: 'False' }

  for (const { title, patch, want } of [
    {
      title: 'merges lists by their key',
      patch: [{ type: 'Ready', status: 'False' }],
      want: [{ ...ready, status: 'False' }, disk],
    },
    {
      title: 'appends what is new',
      patch: [{ type: 'New', status: 'True' }],
      want: [ready, disk, { type: 'New', status: 'True' }],
    },
    { title: 'deletes by directive', patch: [{ $patch: 'delete', type: 'Ready' }], want: [disk] },
    {
      title: 'replaces by directive',
      patch: [{ $patch: 'replace' }, { type: 'Only', status: 'True' }],
      want: [{ type: 'Only', status: 'True' }],
    },
  ]) {
    it(title, () => {
      const patched = strategicMergePatch(nodeType, node({ conditions: [ready, disk] }), node({ conditions: patch }))
      assert.deepEqual(patched['status'], { conditions: want })
    })
  }

  it('merges plain lists as sets, deletes from them, and orders them', () => {
    const original: JsonObject = { metadata: { finalizers: ['a/1', 'b/2'] } }
    const apply = (metadata: JsonObject): unknown =>
      (strategicMergePatch(nodeType, original, { metadata })['metadata'] as JsonObject)['finalizers']
    assert.deepEqual(apply({ finalizers: ['b/2', 'c/3'] }), ['a/1', 'b/2', 'c/3'])
    assert.deepEqual(apply({ '$deleteFromPrimitiveList/finalizers': ['a/1'] }), ['b/2'])
    assert.deepEqual(apply({ '$setElementOrder/finalizers': ['b/2', 'a/1'] }), ['b/2', 'a/1'])
  })

  it('takes other lists as one value, and maps with a directive whole', () => {
    const original: JsonObject = {
      spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] },
      metadata: { labels: { a: 'b' } },
    }
    const patched = strategicMergePatch(nodeType, original, {
      spec: { taints: [] },
      metadata: { labels: { $patch: 'replace', c: 'd' } },
    })
    assert.deepEqual(patched, { spec: { taints: [] }, metadata: { labels: { c: 'd' } } })
  })

  it('refuses items without the key of their list', () => {
    assert.throws(() => strategicMergePatch(nodeType, node({}), node({ conditions: [{ status: 'x' }] })), {
      message: /does not contain declared merge key: type/,
    })
  })
})
