import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { pinOf, pinText } from '../../src/discovery/ca-pins.ts'
import { type LabOptions, startLab } from '../../src/lab/index.ts'
import { apiServerPurpose, createAuthority, issue } from '../../src/lab/pki/authority.ts'
import { lockFolder } from '../../src/store/folder-lock.ts'
import { sandbox, type Sandbox, secret, start, type Started } from '../support/command.ts'
import { ca, pairFiles, server, writeFiles } from '../support/pki-files.ts'

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

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
const LONG_AGO = new Date('2024-01-01T00:00:00Z')

const onNode = (node: Sandbox): string[] => [
  ...['--kubeconfig', node.path('kubelet.conf'), '--cert-dir', node.path('pki'), '--hostname-override', 'n1'],
]

/** What a node has that was off for a long time. */
async function expiredPair(node: Sandbox): Promise<void> {
  const subject = {
    commonName: 'system:node:n1',
    organization: 'system:nodes',
    extendedKeyUsage: 'client auth',
  } as const
  const { certificatePem, keyPem } = await issue(await createAuthority('kubernetes', LONG_AGO), subject, {
    now: LONG_AGO,
  })
  writeFiles(node.path('pki'), { 'kubelet-client-2024-01-01-00-00-00.pem': certificatePem + keyPem })
  symlinkSync(node.path('pki/kubelet-client-2024-01-01-00-00-00.pem'), node.path('pki/kubelet-client-current.pem'))
}

/**
 * Brings a symptom about.
 * @param later - takes what is to be undone at the end.
 * @returns the command line that shows it.
 */
type Make = (node: Sandbox, later: (undo: () => unknown) => void) => string[] | Promise<string[]>

/** How each symptom of the page is brought about: whatever is needed first, then the command line that shows it. */
const provoke: Readonly<Record<string, Make | { readonly lab: LabOptions; readonly make: Make }>> = {
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
  'A request that nobody approves': {
    lab: { approve: 'none' },
    make: (node) => node.flags(),
  },
  'A request that is not approved for want of a right': async (node) => {
    await node.lab.admin('DELETE', `${BINDINGS}/kubeadm:node-autoapprove-bootstrap`)
    return node.flags()
  },
  'A request that is approved and not signed': { lab: { sign: false }, make: (node) => node.flags() },
  'A request that is denied': {
    lab: { approvalRules: [{ verdict: 'deny', reason: 'NotOurs', message: 'n1 is not in the list of machines' }] },
    make: (node) => node.flags(),
  },
  'A token that may not ask for certificates': async (node) => {
    await node.lab.admin('DELETE', `${BINDINGS}/kubeadm:kubelet-bootstrap`)
    return node.flags()
  },
  'A bootstrap kubeconfig of another cluster': async (node) => {
    const other = Buffer.from((await ca()).certificatePem).toString('base64')
    const text = node.lab.bootstrapKubeconfig().replace(/(certificate-authority-data: ).*/, `$1${other}`)
    writeFileSync(node.path('bootstrap.conf'), text)
    return node.flags()
  },
  'A clock that is wrong, or a server certificate that has expired': async (node, later) => {
    const old = await createAuthority('kubernetes', LONG_AGO)
    writeFiles(node.path('old'), {
      ...pairFiles('ca', old),
      ...pairFiles('apiserver', await issue(old, apiServerPurpose('lab'), { now: LONG_AGO })),
    })
    const lab = await startLab({ pkiDir: node.path('old') })
    later(() => lab.close())
    writeFileSync(node.path('bootstrap.conf'), lab.bootstrapKubeconfig({ token: secret(lab.token) }))
    return node.flags()
  },
  'A node whose credential has expired': async (node) => {
    await expiredPair(node)
    return ['status', ...onNode(node)]
  },
  'A node whose credential has expired, and no token': async (node) => {
    await expiredPair(node)
    return ['bootstrap', ...onNode(node), '--bootstrap-kubeconfig', node.path('none')]
  },
  'Another certlet at work': async (node, later) => {
    mkdirSync(node.path('pki'))
    const lock = await lockFolder(node.path('pki'))
    later(() => {
      lock.release()
    })
    return node.flags()
  },
  'A certificate from another CA of the same name': async (node) => {
    const [one, other] = await Promise.all([ca(), ca()])
    writeFiles(node.path('certs'), {
      ...pairFiles('apiserver', await server(one)),
      'ca.crt': other.certificatePem,
    })
    return ['status', node.path('certs')]
  },
  'A key that is another certificate’s': async (node) => {
    const cluster = await ca()
    const [one, other] = await Promise.all([server(cluster), server(cluster)])
    writeFiles(node.path('certs'), {
      'ca.crt': cluster.certificatePem,
      'apiserver.crt': one.certificatePem,
      'apiserver.key': other.keyPem,
    })
    return ['status', node.path('certs')]
  },
  'Token commands away from the control plane': (node) => ['token', 'list', '--kubeconfig', node.path('nowhere')],
}

/** Waits until a command shows something, or has ended without. */
async function shown({ child, done }: Started, pattern: RegExp): Promise<void> {
  const texts = { stdout: '', stderr: '' }
  const found = new Promise<void>((resolve) => {
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (text: string) => {
        texts[name] += text
        if (pattern.test(texts[name])) resolve()
      })
    }
  })
  await Promise.race([found, done])
  assert.match(texts.stdout + texts.stderr, pattern)
}

describe('the page on troubleshooting', function () {
  this.timeout(40_000)

  for (const [symptom, how] of Object.entries(provoke)) {
    it(`shows what is printed: ${symptom}`, async () => {
      const block = blocks.get(symptom)
      assert.ok(block !== undefined, 'the page has this heading, and a block under it')
      const { lab, make } = typeof how === 'function' ? { lab: {}, make: how } : how
      await using node = await sandbox(lab)
      const undo: (() => unknown)[] = []
      try {
        await using run = start(await make(node, (one) => undo.push(one)))
        await shown(run, patternOf(block))
      } finally {
        for (const one of undo) await one()
      }
    })
  }

  it('has no block that no test provokes', () => {
    assert.deepEqual([...blocks.keys()].sort(), Object.keys(provoke).sort())
  })
})
