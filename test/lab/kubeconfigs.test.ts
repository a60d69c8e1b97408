import assert from 'node:assert/strict'
import { dump, load } from 'js-yaml'
import { certificateKubeconfig, tokenKubeconfig } from '../../src/lab/kubeconfigs.ts'

const CA = '-----BEGIN CERTIFICATE-----\nMIIB+/==\n-----END CERTIFICATE-----\n'
const KEY = '-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n'

describe('kubeconfigs of the lab', () => {
  for (const url of ['https://127.0.0.1:6443', 'https://[::1]:6443', 'https://lab.example:6443/a/b-c']) {
    it(`are as a YAML library writes them, for ${url}`, () => {
      for (const text of [
        tokenKubeconfig({ url, caPem: CA }, 'abcdef.0123456789abcdef'),
        certificateKubeconfig({ url, caPem: CA }, 'system:kube-scheduler', { certificatePem: CA, keyPem: KEY }),
      ])
        assert.equal(text, dump(load(text), { lineWidth: -1 }))
      const { clusters } = load(tokenKubeconfig({ url, caPem: CA }, 'a')) as { clusters: object[] }
      const cluster = { 'certificate-authority-data': Buffer.from(CA).toString('base64'), server: url }
      assert.deepEqual(clusters, [{ cluster, name: 'kubernetes' }])
    })
  }

  // What they would be without quotes: numbers, a truth, nothing, a comment, a list, a key.
  for (const token of [
    '123456.0123456789012345',
    '1e10.1',
    'true',
    'null',
    '',
    '~',
    'a #b',
    '- a',
    'a: b',
    '"\n\'',
    '2020-01-01',
  ])
    it(`keep a token whatever it is: ${JSON.stringify(token)}`, () => {
      const { users } = load(tokenKubeconfig({ url: 'https://127.0.0.1:1', caPem: CA }, token)) as { users: object[] }
      assert.deepEqual(users, [{ name: 'tls-bootstrap-token-user', user: { token } }])
    })
})
