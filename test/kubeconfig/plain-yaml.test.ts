import assert from 'node:assert/strict'
import fc from 'fast-check'
import { dump, load } from 'js-yaml'
import { renderBootstrapKubeconfig } from '../../src/kubeconfig/bootstrap-file.ts'
import { readPlainYaml, writePlainYaml } from '../../src/kubeconfig/plain-yaml.ts'

const token = fc.stringMatching(/^[a-z0-9]{6}\.[a-z0-9]{16}$/)
const word = fc.oneof(
  fc.constantFrom(
    'v1',
    'Config',
    'https://10.0.0.1:6443',
    'https://[::1]:6443',
    '/etc/kubernetes/pki/ca.crt',
    'LS0tLS1CRUdJTg==',
  ),
  fc.constantFrom(
    'system:node:n1',
    'a@b',
    'True',
    'NULL',
    'y',
    'off',
    '~',
    '.5',
    '1e5',
    '0x1F',
    '0o7',
    '0b1',
    '2026-01-01',
    '1_0',
    '1:30',
  ),
  fc.constantFrom(
    '.inf',
    '-',
    '?',
    ':',
    'a:',
    'a: b',
    '- a',
    '#',
    'a #b',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
    '"a"',
    "'a'",
    '=',
    '<<',
  ),
  fc.constantFrom(
    '',
    ' ',
    'a b',
    'a\nb',
    'é',
    '[]',
    '{}',
    '{a: b}',
    'null',
    'true',
    'false',
    '---',
    '...',
    '/',
    '//',
    'a/',
    '123',
    '1.2.3',
  ),
  token,
  fc.base64String({ maxLength: 12 }),
  fc.string({ maxLength: 4 }),
)

describe('plain YAML', () => {
  const { certificatePem, keyPem } = { certificatePem: 'certificate', keyPem: 'key' }
  const credentials = [{ token: '07401b.f395accd246ae52d' }, { certificatePem, keyPem }]
  const kubeadm = (user: string): string => `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTg==
    server: https://10.0.0.1:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: tls-bootstrap-token-user
  name: tls-bootstrap-token-user@kubernetes
current-context: tls-bootstrap-token-user@kubernetes
kind: Config
preferences: {}
users:
- name: tls-bootstrap-token-user
  user:
    ${user}
`

  for (const [title, text] of [
    ...credentials.map(
      (one) => ['as certlet writes it', renderBootstrapKubeconfig({ server: 'https://a', caPem: 'ca' }, one)] as const,
    ),
    ['as kubeadm writes it, with a token', kubeadm('token: 07401b.f395accd246ae52d')] as const,
    ['with a file', kubeadm('tokenFile: /var/run/token')] as const,
    ['that verifies nothing', 'clusters:\n- cluster:\n    insecure-skip-tls-verify: true\n'] as const,
  ])
    it(`is a kubeconfig ${title}`, () => {
      const read = readPlainYaml(text)
      assert.ok(read !== undefined)
      assert.deepEqual(read, load(text))
    })

  for (const [title, text] of [
    ['an empty text', ''],
    ['JSON', '{"apiVersion": "v1"}'],
    ['comments', 'a: b # c'],
    ['several documents', '---\na: b'],
    ['quotes', 'a: "b"'],
    ['a number', 'a: 12'],
    ['a token that is a number', 'token: 123456.0123456789012345'],
    ['a token that is a number with an exponent', 'token: 123456.012345678901e345'],
    ['nothing', 'a:'],
    ['nothing before another key', 'a:\nb: c'],
    ['a key that comes twice', 'a: b\na: c'],
    ['a line that goes on', 'a: b\n  c: d'],
    ['a list of texts', 'a:\n- b'],
    ['a column that is none', 'a:\n    b: c\n  d: e'],
    ['a list to the left of its key', 'a:\n  b:\n- c: d'],
    ['another list', '- a: b\n  c:\n  - d: e\n - f: g'],
    ['tabs', 'a:\n\tb: c'],
    ['an empty line', 'a: b\n\nc: d'],
    ['CRLF', 'a: b\r\nc: d\r\n'],
  ] as const)
    it(`is not ${title}`, () => {
      assert.equal(readPlainYaml(text), undefined)
    })

  it('is read as js-yaml reads it, whatever is changed in a kubeconfig', () => {
    let plain = 0
    const lines = kubeadm('token: 07401b.f395accd246ae52d').trimEnd().split('\n')
    const change = fc.record({
      at: fc.nat(lines.length - 1),
      how: fc.constantFrom('value', 'key', 'indent', 'dash', 'drop', 'double'),
      word,
      by: fc.integer({ min: -4, max: 4 }),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const changed = [...lines]
        for (const { at, how, word: one, by } of changes) {
          const line = changed[at] ?? ''
          if (how === 'value') changed[at] = line.replace(/: .*|$/, () => `: ${one}`)
          else if (how === 'key') changed[at] = line.replace(/[a-zA-Z-]+:/, () => `${one}:`)
          else if (how === 'indent')
            changed[at] = by < 0 ? line.replace(new RegExp(`^ {0,${-by}}`), '') : ' '.repeat(by) + line
          else if (how === 'dash')
            changed[at] = line.includes('- ') ? line.replace('- ', '') : line.replace(/^ */, '$&- ')
          else changed.splice(at, how === 'drop' ? 1 : 0, ...(how === 'drop' ? [] : [line]))
        }
        const text = changed.join('\n')
        const read = readPlainYaml(text)
        if (read === undefined) return
        plain += 1
        assert.deepEqual(read, load(text))
      }),
      { numRuns: 5_000 },
    )
    assert.ok(plain > 300, `${plain} were plain`)
  })

  it('is written as js-yaml writes it', () => {
    let plain = 0
    const usual = fc.oneof(fc.constantFrom('v1', '/ca.crt', 'https://a:1', 'a=='), token, fc.boolean())
    const text = fc.oneof({ weight: 12, arbitrary: usual }, word)
    const usualKey = fc.constantFrom('kind', 'clusters', 'current-context', 'name')
    const key = fc.oneof({ weight: 30, arbitrary: usualKey }, word)
    const some = { minKeys: 1, maxKeys: 3, noNullPrototype: true }
    const { mapping } = fc.letrec<{ value: unknown; mapping: Record<string, unknown> }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        { weight: 4, arbitrary: text },
        tie('mapping'),
        fc.array(tie('mapping'), { minLength: 1, maxLength: 2 }),
      ),
      mapping: fc.dictionary(key, tie('value'), some),
    }))
    fc.assert(
      fc.property(mapping, (document) => {
        const written = writePlainYaml(document)
        if (written === undefined) return
        plain += 1
        assert.equal(written, dump(document, { lineWidth: -1 }))
        assert.deepEqual(readPlainYaml(written), document)
      }),
      { numRuns: 5_000 },
    )
    assert.ok(plain > 300, `${plain} were plain`)
  })
})
