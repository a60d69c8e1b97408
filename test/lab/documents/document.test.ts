import assert from 'node:assert/strict'
import { readApprovalRules } from '../../../src/lab/index.ts'
import { fits } from '../../../src/lab/documents/pattern.ts'

describe('a list that people write', () => {
  for (const { title, text, want } of [
    { title: 'no YAML at all', text: '- verdict: approve\n- "', want: /^rules\.yaml, line 2: this is not YAML: / },
    {
      title: 'no list',
      text: 'verdict: approve\n',
      want: /^rules\.yaml, line 1: expected a list, found fields$/,
    },
    {
      title: 'a verdict that there is not',
      text: '# comment\n- verdict: approve\n- signer: "*"\n  verdict: maybe\n',
      want: /^rules\.yaml, line 4, 1\.verdict: expected "approve", "deny" or "ignore", found "maybe"$/,
    },
    {
      title: 'a missing verdict, on the line of its rule',
      text: '- verdict: approve\n-\n  signer: "*"\n',
      want: /^rules\.yaml, line 3, 1\.verdict: this field is needed, and missing$/,
    },
    {
      title: 'a field that there is not',
      text: '- verdict: approve\n  # a comment\n  signr: x\n',
      want: /^rules\.yaml, line 3, 0\.signr: there is no such field$/,
    },
    {
      title: 'a range that is none, inside a list',
      text: '- verdict: approve\n  ipAddresses:\n    - 10.0.0.0/8\n    - 10.0.0.0/99\n',
      want: /^rules\.yaml, line 4, 0\.ipAddresses\.1: this is no IP address and no range/,
    },
    {
      title: 'a delay that is none',
      text: '[{"verdict": "approve",\n"delay": "soon"}]',
      want: /^rules\.yaml, line 2, 0\.delay: this is not a duration/,
    },
    {
      title: 'several things, a line each, in their order',
      text: '- verdict: approve\n  delay: soon\n- verdict: maybe\n  signr: x\n',
      want: new RegExp(
        '^rules\\.yaml has 3 faults\n  line 2, 0\\.delay: this is not a duration.*\n  line 3, 1\\.verdict: .*\n  line 4, 1\\.signr: ',
      ),
    },
  ]) {
    it(`is refused with file, line and field for ${title}`, () => {
      assert.throws(() => readApprovalRules(text, 'rules.yaml'), { name: 'DocumentError', message: want })
    })
  }

  it('has its lines looked up in one pass, however many faults it has', () => {
    const text = '- fault: status\n  code: 429\n'.repeat(20_000) // by a pass for each fault it takes half an hour
    assert.throws(() => readApprovalRules(text, 'rules.yaml'), {
      message:
        /^rules\.yaml has 40000 faults\n {2}line 1, 0\.verdict: .*\n {2}line 1, 0\.fault: .*\n {2}line 3, 1\.verdict/,
    })
  })

  it('may be JSON', () => {
    assert.deepEqual(readApprovalRules('[{"verdict": "deny"}]', 'r'), [{ verdict: 'deny' }])
  })
})

describe('a pattern', () => {
  for (const [pattern, text, want] of [
    ['a', 'a', true],
    ['a', 'ab', false],
    ['*', '', true],
    ['system:node:*', 'system:node:n1', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a.c', 'abc', false],
  ] as const) {
    it(`${pattern} ${want ? 'fits' : 'does not fit'} "${text}"`, () => {
      assert.equal(fits(pattern, text), want)
    })
  }
})
