import assert from 'node:assert/strict'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { plainYaml, type PlainDocument } from '../../src/kubeconfig/plain-yaml.ts'

const written = (document: PlainDocument): string => dump(document, { lineWidth: -1 })

/** What YAML has rules about, among what a kubeconfig has. */
const words = [
  'true',
  'No',
  'NULL',
  'y',
  '~',
  '',
  '-',
  '- a',
  '?',
  'a: b',
  'a:',
  ':a',
  'a #b',
  '#',
  '&a',
  '*a',
  '!a',
  '|',
  '>',
  '%a',
  '@a',
  '`a',
]
const values = [
  '1',
  '1e3',
  '0x1f',
  '.inf',
  'NaN',
  '2026-11-27',
  '1:30',
  '/etc/pki',
  'C:\\a',
  'https://[::1]:6443/a?b=c',
  'LS0tLS1CRUdJTg==',
]
const text = fc.oneof(
  fc.constantFrom(...words, ...values, 'default-auth', 'v1', 'é', '\u2028', '\uFEFF', 'a\nb', ' a', 'a ', "it's", '"'),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...Array.from('aZ09/.:+=-_ #,[]{}')), maxLength: 8 }),
)
const document = fc.letrec<{ document: PlainDocument }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(text, tie('document'), { maxKeys: 3 }),
  ),
})).document

describe('plain YAML', () => {
  it('is what js-yaml writes, or nothing', () => {
    fc.assert(
      fc.property(document, (drawn) => {
        const plain = plainYaml(drawn)
        if (plain !== undefined) assert.equal(plain, written(drawn))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is there for a kubeconfig as nodes have it', () => {
    const cluster = {
      'certificate-authority-data': Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64'),
      server: 'https://control-plane.example.com:6443',
      'insecure-skip-tls-verify': true,
    }
    const pair = '/var/lib/kubelet/pki/kubelet-client-current.pem'
    const kubeconfig = {
      apiVersion: 'v1',
      clusters: [{ cluster, name: 'default-cluster' }],
      users: [{ name: 'default-auth', user: { 'client-certificate': pair, 'client-key': pair } }],
    }
    assert.equal(plainYaml(kubeconfig), written(kubeconfig))
  })

  it('is not there for what may need quotes, brackets or a line of its own', () => {
    for (const one of ['', 'no', '10.0.0.1', 'a b', 'a:', 'https://[::1]:6443', "it's", 'é', [], {}]) {
      assert.equal(plainYaml(one), undefined)
      assert.equal(plainYaml({ list: [{ key: one }] }), undefined)
    }
    assert.equal(plainYaml({ 'a b': 'c' }), undefined)
  })
})
