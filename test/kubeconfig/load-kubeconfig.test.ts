import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import { renderClientKubeconfig } from '../../src/kubeconfig/client-kubeconfig.ts'
import { loadKubeconfig } from '../../src/kubeconfig/load-kubeconfig.ts'

const server = { url: 'https://10.0.0.1:6443', caPem: 'CA', skipTlsVerify: false }
const written = renderClientKubeconfig(server, '/pki/current.pem')

/** What is left of a client-node cluster or user without what is not set. */
const set = (value: object | null): unknown =>
  Object.fromEntries(
    Object.entries(value ?? {}).filter(([key, one]) => key !== 'name' && one !== undefined && one !== null),
  )

describe('the node’s kubeconfig, as client-node has it', () => {
  for (const [title, text] of [
    ['as certlet writes it', written],
    ['with a CA file', renderClientKubeconfig({ ...server, caFile: '/ca.crt' }, '/p.pem')],
    ['without a CA', renderClientKubeconfig({ url: server.url, skipTlsVerify: false }, '/p.pem')],
    [
      'with all that a cluster may have',
      renderClientKubeconfig(
        { ...server, skipTlsVerify: true, proxyUrl: 'http://proxy:3128', tlsServerName: 'kubernetes' },
        '/p.pem',
      ),
    ],
    ['with paths from its folder', written.replaceAll('/pki/', 'pki/')],
    ['with a slash behind the server', written.replace(':6443', ':6443/')],
    ['with names of its own', written.replaceAll('default-', 'other-')],
    ['with a token', written.replace('client-key: /pki/current.pem', 'token: abcdef')],
    ['with a pair inline', written.replaceAll('client-key: /pki/current.pem', 'client-key-data: a2V5')],
    ['with a second user', `${written}  - name: second\n    user:\n      token: abcdef\n`],
    ['with a number', written.replace('server: https://10.0.0.1:6443', 'server: https://a\n      proxy-url: 12')],
    ['with an object', written.replace(/certificate-authority-data: .*/, 'certificate-authority-data: {}')],
    ['as JSON', JSON.stringify({ clusters: [], contexts: [], users: [] })],
  ] as const)
    it(`is what client-node itself reads, ${title}`, () => {
      const own = loadKubeconfig('/folder/kubelet.conf', text)
      const its = new KubeConfig()
      its.loadFromString(text)
      its.makePathsAbsolute('/folder')
      assert.deepEqual(set(own.getCurrentCluster()), set(its.getCurrentCluster()))
      assert.deepEqual(set(own.getCurrentUser()), set(its.getCurrentUser()))
    })

  for (const [title, text] of [
    ['a cluster without a server', written.replace('server: https://10.0.0.1:6443', 'proxy-url: http://proxy')],
    ['a second cluster without one', written.replace('contexts:', '  - name: second\ncontexts:')],
    ['a context without a cluster', written.replace('      cluster: default-cluster\n', '')],
  ] as const)
    it(`is refused where client-node refuses it: ${title}`, () => {
      assert.throws(() => {
        new KubeConfig().loadFromString(text)
      })
      assert.throws(() => loadKubeconfig('/folder/kubelet.conf', text), { code: 'KUBECONFIG_INVALID' })
    })
})
