import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateRequest } from '../../src/csr/certificate-request.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

async function requestPem(nodeName: string, names?: { dnsNames: string[]; ipAddresses: string[] }): Promise<string> {
  const identity = { nodeName, commonName: `system:node:${nodeName}`, organization: 'system:nodes' } as const
  const keyPair = await generateKeyPair('ecdsa-p256')
  const { pem } = createCertificateRequest({ identity, keyPair, subjectAltNames: names })
  return Buffer.from(pem).toString('base64')
}

interface Answer {
  status: number
  body: {
    reason?: string
    message?: string
    details?: { causes?: { field: string }[] }
    metadata: { name: string; resourceVersion: string }
    items: unknown[]
    spec: Record<string, unknown>
    status: { conditions?: { type: string; reason: string; message: string }[]; certificate?: string }
  }
}

/** A request with a bearer token, without a network. */
function send(
  lab: Lab,
  method: string,
  path: string,
  body?: unknown,
  token = lab.token,
  headers: Record<string, string[]> = {},
): Promise<Answer> {
  const response = lab.handle({
    method,
    path,
    headers: { authorization: [`Bearer ${token}`], 'content-type': ['application/json'], ...headers },
    ...(body !== undefined && { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
  })
  assert.ok(response.body instanceof Uint8Array)
  return Promise.resolve({
    status: response.status,
    body: JSON.parse(Buffer.from(response.body).toString()) as Answer['body'],
  })
}

const object = (request: string, spec: object = {}): object => ({
  metadata: { name: 'one' },
  spec: {
    request,
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['digital signature', 'client auth'],
    ...spec,
  },
})

async function withLab(options: LabOptions, test: (lab: Lab) => Promise<void>): Promise<void> {
  await using lab = await startLab(options)
  await test(lab)
}

async function settled(lab: Lab, name: string): Promise<Answer['body']> {
  for (let i = 0; i < 200; i++) {
    const { body } = (await lab.admin('GET', `${PATH}/${name}`)) as Answer
    if (body.status.certificate !== undefined || body.status.conditions?.some(({ type }) => type === 'Failed'))
      return body
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail('it was not settled')
}

describe('the lab', () => {
  it('puts in who made a request, whatever the request says', () =>
    withLab({ approve: 'none' }, async (lab) => {
      const { status, body } = await send(
        lab,
        'POST',
        PATH,
        object(await requestPem('n1'), { username: 'admin', groups: ['system:masters'] }),
      )
      assert.equal(status, 201)
      assert.equal(body.spec['username'], `system:bootstrap:${lab.token.slice(0, 6)}`)
      assert.deepEqual(body.spec['groups'], [
        'system:bootstrappers',
        'system:bootstrappers:kubeadm:default-node-token',
        'system:authenticated',
      ])
    }))

  it('approves and signs as kube-controller-manager does', () =>
    withLab({}, async (lab) => {
      await send(lab, 'POST', PATH, object(await requestPem('n1')))
      const { status } = await settled(lab, 'one')
      assert.equal(status.conditions?.[0]?.reason, 'AutoApproved')
      assert.match(Buffer.from(status.certificate ?? '', 'base64').toString(), /^-----BEGIN CERTIFICATE-----/)
    }))

  it('leaves serving requests alone', () =>
    withLab({}, async (lab) => {
      const pem = await requestPem('n1', { dnsNames: ['n1'], ipAddresses: [] })
      const { status } = await send(
        lab,
        'POST',
        PATH,
        object(pem, { signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] }),
      )
      assert.equal(status, 201)
      await new Promise((resolve) => setTimeout(resolve, 50))
      const { body } = (await lab.admin('GET', `${PATH}/one`)) as Answer
      assert.deepEqual(body.status, {})
    }))

  it('fails a request that breaks the signer’s rules although it was approved', () =>
    withLab({ approve: 'none' }, async (lab) => {
      const { body } = await send(
        lab,
        'POST',
        PATH,
        object(await requestPem('n1', { dnsNames: ['n1'], ipAddresses: [] })),
      )
      const conditions = [{ type: 'Approved', status: 'True', reason: 'Test' }]
      await lab.admin('PUT', `${PATH}/one/approval`, { ...body, status: { conditions } })
      const failed = (await settled(lab, 'one')).status.conditions?.find(({ type }) => type === 'Failed')
      assert.equal(failed?.reason, 'SignerValidationFailure')
    }))

  for (const { title, spec, field } of [
    { title: 'a request that is no PEM', spec: { request: 'Z2FyYmFnZQ==' }, field: 'spec.request' },
    { title: 'no usages', spec: { usages: [] }, field: 'spec.usages' },
    { title: 'an unknown usage', spec: { usages: ['dancing'] }, field: 'spec.usages[0]' },
    { title: 'a usage twice', spec: { usages: ['client auth', 'client auth'] }, field: 'spec.usages[1]' },
    { title: 'a signer without a domain', spec: { signerName: 'x' }, field: 'spec.signerName' },
    { title: 'the legacy signer', spec: { signerName: 'kubernetes.io/legacy-unknown' }, field: 'spec.signerName' },
    { title: 'a lifetime below 600 s', spec: { expirationSeconds: 599 }, field: 'spec.expirationSeconds' },
  ]) {
    it(`refuses ${title} with 422 and its cause`, () =>
      withLab({ approve: 'none' }, async (lab) => {
        const { status, body } = await send(lab, 'POST', PATH, object(await requestPem('n1'), spec))
        assert.equal(status, 422)
        assert.equal(body.reason, 'Invalid')
        assert.equal(body.details?.causes?.[0]?.field, field)
      }))
  }

  for (const { title, make, status, reason } of [
    {
      title: 'an unknown token',
      make: (lab: Lab) => send(lab, 'GET', PATH, undefined, 'abcdef.0000000000000000'),
      status: 401,
      reason: 'Unauthorized',
    },
    {
      title: 'a delete by a bootstrap token',
      make: (lab: Lab) => send(lab, 'DELETE', `${PATH}/one`),
      status: 403,
      reason: 'Forbidden',
    },
    {
      title: 'an object that is not there',
      make: (lab: Lab) => send(lab, 'GET', `${PATH}/none`),
      status: 404,
      reason: 'NotFound',
    },
    {
      title: 'another media type',
      make: (lab: Lab) => send(lab, 'POST', PATH, '{}', lab.token, { 'content-type': ['text/plain'] }),
      status: 415,
      reason: 'UnsupportedMediaType',
    },
    {
      title: 'an answer in HTML',
      make: (lab: Lab) => send(lab, 'GET', PATH, undefined, lab.token, { accept: ['text/html'] }),
      status: 406,
      reason: 'NotAcceptable',
    },
    {
      title: 'a body that is not JSON',
      make: (lab: Lab) => send(lab, 'POST', PATH, '{'),
      status: 400,
      reason: 'BadRequest',
    },
    {
      title: 'another kind',
      make: (lab: Lab) => send(lab, 'POST', PATH, { apiVersion: 'v1', kind: 'Pod' }),
      status: 400,
      reason: 'BadRequest',
    },
  ]) {
    it(`answers ${title} with ${status} ${reason}`, () =>
      withLab({}, async (lab) => {
        const answer = await make(lab)
        assert.equal(answer.status, status)
        assert.equal(answer.body.reason, reason)
      }))
  }

  it('answers a name that is taken with 409 AlreadyExists', () =>
    withLab({ approve: 'none' }, async (lab) => {
      const pem = await requestPem('n1')
      await send(lab, 'POST', PATH, object(pem))
      const { status, body } = await send(lab, 'POST', PATH, object(pem))
      assert.equal(status, 409)
      assert.equal(body.message, 'certificatesigningrequests.certificates.k8s.io "one" already exists')
    }))

  it('answers an update of an old version with 409 Conflict', () =>
    withLab({ approve: 'none' }, async (lab) => {
      const { body } = await send(lab, 'POST', PATH, object(await requestPem('n1')))
      const approved = { ...body, status: { conditions: [{ type: 'Approved', status: 'True' }] } }
      assert.equal((await lab.admin('PUT', `${PATH}/one/approval`, approved)).status, 200)
      assert.equal((await lab.admin('PUT', `${PATH}/one/approval`, approved)).status, 409)
    }))

  it('does not take an approval back, nor add a denial to it', () =>
    withLab({ approve: 'none', sign: false }, async (lab) => {
      const { body } = await send(lab, 'POST', PATH, object(await requestPem('n1')))
      const put = (conditions: object[]): Promise<{ status: number }> =>
        lab.admin('PUT', `${PATH}/one/approval`, { ...body, metadata: { name: 'one' }, status: { conditions } })
      assert.equal((await put([{ type: 'Approved', status: 'True' }])).status, 200)
      assert.equal((await put([])).status, 422)
      assert.equal(
        (
          await put([
            { type: 'Approved', status: 'True' },
            { type: 'Denied', status: 'True' },
          ])
        ).status,
        422,
      )
    }))

  it('resumes a watch after a revision, and filters it', () =>
    withLab({ approve: 'none' }, async (lab) => {
      const { body } = await send(lab, 'POST', PATH, object(await requestPem('n1')))
      const stop = new AbortController()
      const watch = (query: string): AsyncIterable<Uint8Array> => {
        const path = `${PATH}?watch=true&${query}`
        const response = lab.handle({
          method: 'GET',
          path,
          headers: { authorization: [`Bearer ${lab.token}`] },
          signal: stop.signal,
        })
        assert.ok(!(response.body instanceof Uint8Array))
        return response.body
      }
      await lab.admin('DELETE', `${PATH}/one`)
      for await (const chunk of watch(
        `fieldSelector=metadata.name%3Done&resourceVersion=${body.metadata.resourceVersion}`,
      )) {
        assert.equal((JSON.parse(Buffer.from(chunk).toString()) as { type: string }).type, 'DELETED')
        break
      }
      stop.abort()
    }))

  it('refuses a node that asks in another node’s name, from 1.31 on', async () => {
    for (const [emulate, status] of [
      ['1.26', 201],
      ['1.31', 403],
    ] as const) {
      await withLab({ emulate, approve: 'none' }, async (lab) => {
        const asNode = { 'impersonate-user': ['system:node:n1'], 'impersonate-group': ['system:nodes'] }
        await lab.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
          metadata: { name: 'impersonators' },
          subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:bootstrappers' }],
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        })
        const answer = await send(lab, 'POST', PATH, object(await requestPem('n2')), lab.token, asNode)
        assert.equal(answer.status, status, answer.body.message ?? '')
      })
    }
  })

  it('does not let everybody impersonate', () =>
    withLab({}, async (lab) => {
      const { status } = await send(lab, 'GET', PATH, undefined, lab.token, { 'impersonate-user': ['admin'] })
      assert.equal(status, 403)
    }))

  it('keeps its PKI in a folder, under kubeadm’s names', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'certlet-pki-'))
    try {
      const cas: string[] = []
      for (let i = 0; i < 2; i++) {
        await withLab({ pkiDir: dir }, (lab) => {
          cas.push(lab.caPem)
          return Promise.resolve()
        })
      }
      assert.equal(cas[0], cas[1])
      assert.deepEqual([readFileSync(join(dir, 'ca.crt'), 'utf8')], cas.slice(0, 1))
      assert.equal(statSync(join(dir, 'ca.key')).mode & 0o777, 0o600)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('is ready at once, and tells its version', () =>
    withLab({ emulate: '1.31' }, async (lab) => {
      assert.deepEqual(await lab.admin('GET', '/readyz'), { status: 200, body: 'ok' })
      const { body } = await lab.admin('GET', '/version')
      assert.equal((body as { minor: string }).minor, '31')
    }))
})
