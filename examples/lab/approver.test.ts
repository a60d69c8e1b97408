// A mocha suite of another project, which tests its approver against the lab: mocha examples/lab/approver.test.ts
import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import { type Lab, startLab } from 'certlet/lab'
import { decidePending } from './approver.ts'

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** O=system:nodes, CN=system:node:n1 */
const request = `\
-----BEGIN CERTIFICATE REQUEST-----
MIHqMIGSAgEAMDAxFTATBgNVBAoMDHN5c3RlbTpub2RlczEXMBUGA1UEAwwOc3lz
dGVtOm5vZGU6bjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQr/8ul9fEJJZHH
Ga/0N+t5+yWzwQiF/xDg916NF36eg1BXjd51oHzSYorUn2JnCaTkRC3FBoUF7yag
+9XN+hKZoAAwCgYIKoZIzj0EAwIDRwAwRAIgWIBzW2PwPytJj9JVME8gZblbVfEC
H93y3Vl2fD0lKWwCIGTlN5bzGingzhe512LOTrL4phVAhxi8EqTGE/fzhHMQ
-----END CERTIFICATE REQUEST-----
`
const csr = {
  metadata: { name: 'n1' },
  spec: {
    request: Buffer.from(request).toString('base64'),
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['digital signature', 'client auth'],
  },
}

/** Creates the request with the lab’s bootstrap token, as a new node does. */
function createAsNode(lab: Lab): void {
  const headers = { authorization: [`Bearer ${lab.token}`], 'content-type': ['application/json'] }
  const response = lab.handle({ method: 'POST', path: CSRS, headers, body: Buffer.from(JSON.stringify(csr)) })
  assert.equal(response.status, 201)
}

function kubeConfigOf(lab: Lab): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(lab.adminKubeconfig())
  return kubeConfig
}

describe('our approver', () => {
  it('lets a node in that has a bootstrap token', async () => {
    await using lab = await startLab({ approve: 'none' })
    const events = lab.events()
    createAsNode(lab)
    await decidePending(kubeConfigOf(lab))
    for await (const event of events) {
      if (event.kind === 'denied') assert.fail(event.reason)
      if (event.kind === 'signed') break
    }
  })

  it('denies everybody else', async () => {
    await using lab = await startLab({ approve: 'none' })
    const events = lab.events()
    await lab.admin('POST', CSRS, csr)
    await decidePending(kubeConfigOf(lab))
    for await (const event of events) if (event.kind === 'denied') break
  })

  it('tries again while the API server is busy', async () => {
    await using lab = await startLab({
      approve: 'none',
      faults: [{ fault: 'status', code: 429, retryAfter: '1s', count: 2 }],
    })
    createAsNode(lab)
    await decidePending(kubeConfigOf(lab))
    assert.equal(lab.requests.filter(({ faults }) => faults.includes('status')).length, 2)
    assert.equal(lab.requests.at(-1)?.status, 200)
  })
})
