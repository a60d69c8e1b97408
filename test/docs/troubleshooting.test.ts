import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { pinOf, pinText } from '../../src/discovery/ca-pins.ts'
import { certlet, sandbox, type Sandbox } from '../support/command.ts'

const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8')

/** The block under each heading of the page. */
const blocks = new Map(
  [...page.matchAll(/^## (.+)\n\n```text\n([\s\S]*?)\n```/gm)].map(([, symptom = '', block = '']) => [symptom, block]),
)

/** A block as a pattern: `*` stands for anything within a line. */
function patternOf(block: string): RegExp {
  const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|\n)${block.split('*').map(literal).join('[^\\n]*')}\n`)
}

function join(
  node: Sandbox,
  { token = node.lab.token, pin = pinOfLab(node) }: { token?: string; pin?: string } = {},
): string[] {
  writeFileSync(node.path('token'), token)
  return [
    ...['join', node.lab.url, '--token-file', node.path('token'), '--hostname-override', 'n1'],
    ...['--bootstrap-kubeconfig', node.path('b.conf'), '--kubeconfig', node.path('kubelet.conf')],
    ...['--cert-dir', node.path('pki'), '--ca-cert', node.path('ca.crt')],
    ...(pin === '' ? [] : ['--discovery-token-ca-cert-hash', pin]),
  ]
}

const pinOfLab = (node: Sandbox): string => pinText(pinOf(new X509Certificate(node.lab.caPem)))

/** How each symptom of the page is brought about: whatever is needed first, then the command line that shows it. */
const provoke: Readonly<Record<string, (node: Sandbox) => string[] | Promise<string[]>>> = {
  'A join with a wrong pin': (node) => join(node, { pin: `sha256:${'00'.repeat(32)}` }),
  'A join with the wrong half of a token': (node) =>
    join(node, { token: `${node.lab.token.slice(0, 6)}.0123456789abcdef` }),
  'A join with a token that the cluster does not have': (node) => join(node, { token: 'zzzzzz.0123456789abcdef' }),
  'A join without a pin': (node) => join(node, { pin: '' }),
  'A join to a cluster without cluster-info': async (node) => {
    await node.lab.admin('DELETE', '/api/v1/namespaces/kube-public/configmaps/cluster-info')
    return join(node)
  },
  'A join under a name that is taken': async (node) => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status }
    await node.lab.admin('POST', '/api/v1/nodes', object)
    await node.lab.admin('PUT', '/api/v1/nodes/n1/status', object)
    return join(node)
  },
  'A bootstrap with a token that is gone': (node) => {
    const token = 'zzzzzz.0123456789abcdef'
    writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig({ token }))
    return node.flags()
  },
  'A bootstrap to an address where nobody listens': (node) => {
    writeFileSync(node.path('bootstrap.conf'), node.lab.bootstrapKubeconfig({ url: 'https://127.0.0.1:1' }))
    return node.flags('--timeout', '2s')
  },
  'A bootstrap whose kubeconfig cannot be written': (node) => {
    writeFileSync(node.path('file'), '')
    return node.flags('--kubeconfig', node.path('file/etc/kubelet.conf'))
  },
  'Token commands away from the control plane': (node) => ['token', 'list', '--kubeconfig', node.path('nowhere')],
}

describe('the page on troubleshooting', function () {
  this.timeout(40_000)

  for (const [symptom, make] of Object.entries(provoke)) {
    it(`shows what is printed: ${symptom}`, async () => {
      const block = blocks.get(symptom)
      assert.ok(block !== undefined, 'the page has this heading, and a block under it')
      await using node = await sandbox()
      const { stderr } = await certlet(await make(node))
      assert.match(stderr, patternOf(block))
    })
  }

  it('has no block that no test provokes', () => {
    assert.deepEqual([...blocks.keys()].sort(), Object.keys(provoke).sort())
  })
})
