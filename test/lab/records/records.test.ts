import assert from 'node:assert/strict'
import { type AuditEvent, type Lab, type LabEvent, startLab } from '../../../src/lab/index.ts'
import { send, sendAsAdmin } from '../../support/lab-client.ts'
import { CSRS, csrWhen, isIssued, kubeletRequest } from '../../support/lab-requests.ts'

/** The first `count` events that are not requests. */
async function collect(
  events: AsyncIterable<LabEvent>,
  count: number,
): Promise<Exclude<LabEvent, { kind: 'request' }>[]> {
  const found = []
  for await (const event of events) {
    if (event.kind !== 'request' && found.push(event) === count) break
  }
  return found
}

const headers = (accept: string) => ({ headers: { accept } })

describe('the events of a lab', () => {
  it('tell a request’s way from creation to deletion', async () => {
    await using lab = await startLab()
    const events = lab.events()
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    await csrWhen(lab, 'one', isIssued)
    await lab.admin('DELETE', `${CSRS}/one`)
    const told = await collect(events, 4)
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['created', 'approved', 'signed', 'deleted'],
    )
    assert.deepEqual(told[1], {
      kind: 'approved',
      name: 'one',
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      username: `system:bootstrap:${lab.token.slice(0, 6)}`,
      reason: 'AutoApproved',
      message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    })
  })

  it('tell denials and failures with their reasons', async () => {
    await using lab = await startLab({
      approvalRules: [{ commonName: '*bad', verdict: 'deny', reason: 'Bad' }, { verdict: 'approve' }],
    })
    const events = lab.events()
    await lab.admin('POST', CSRS, await kubeletRequest('one', 'bad'))
    const wrong = (await kubeletRequest('two', 'n2')) as { spec: object }
    await lab.admin('POST', CSRS, { ...wrong, spec: { ...wrong.spec, usages: ['server auth'] } })
    const told = (await collect(events, 5)).filter(({ kind }) => kind === 'denied' || kind === 'failed')
    assert.deepEqual(told.map((event) => ('reason' in event ? event.reason : '')).sort(), [
      'Bad',
      'SignerValidationFailure',
    ])
  })

  for (const { title, read } of [
    { title: 'a get', read: (lab: Lab) => send(lab, 'GET', `${CSRS}/one`) },
    { title: 'a list', read: (lab: Lab) => send(lab, 'GET', CSRS) },
    { title: 'a get in YAML', read: (lab: Lab) => send(lab, 'GET', `${CSRS}/one`, headers('application/yaml')) },
    {
      title: 'a get in protobuf',
      read: (lab: Lab) => send(lab, 'GET', `${CSRS}/one`, headers('application/vnd.kubernetes.protobuf')),
    },
    {
      title: 'a watch from before',
      read: (lab: Lab) => send(lab, 'GET', `${CSRS}?watch=true&resourceVersion=0&timeoutSeconds=1`),
    },
  ]) {
    it(`tell when ${title} has taken a certificate to who asked for it, once`, async () => {
      await using lab = await startLab({ protobuf: true, sign: false })
      const events = lab.events()
      await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
      const reading = title.includes('watch') ? read(lab) : undefined
      lab.setSigning({})
      await csrWhen(lab, 'one', isIssued) // as somebody else
      await (reading ?? read(lab))
      await read(lab)
      await lab.admin('DELETE', `${CSRS}/one`)
      const told = await collect(events, 6)
      assert.deepEqual(
        told.map(({ kind }) => kind),
        ['created', 'approved', 'settings', 'signed', 'delivered', 'deleted'],
      )
      assert.ok(told[4]?.kind === 'delivered' && told[4].name === 'one')
    })
  }

  it('tell of no delivery that a fault has lost', async () => {
    await using lab = await startLab({ faults: [{ fault: 'reset', when: 'after', verb: 'get' }] })
    const events = lab.events()
    await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1') })
    await csrWhen(lab, 'one', isIssued)
    await assert.rejects(send(lab, 'GET', `${CSRS}/one`))
    await lab.admin('DELETE', `${CSRS}/one`)
    const told = await collect(events, 4)
    assert.deepEqual(told.at(-1)?.kind, 'deleted')
  })

  it('tell every request once it is answered', async () => {
    await using lab = await startLab()
    const events = lab.events()
    await send(lab, 'GET', `${CSRS}/none`)
    const { value } = (await events.next()) as { value: LabEvent }
    assert.ok(value.kind === 'request')
    const { ms, ...rest } = value
    assert.ok(ms >= 0)
    assert.deepEqual(rest, {
      kind: 'request',
      method: 'GET',
      path: `${CSRS}/none`,
      user: `system:bootstrap:${lab.token.slice(0, 6)}`,
      status: 404,
      verb: 'get',
      resource: 'certificatesigningrequests',
      name: 'none',
      faults: [],
    })
  })

  it('end with the signal and with the lab', async () => {
    await using lab = await startLab()
    const stop = new AbortController()
    const [first, second] = [lab.events(stop.signal), lab.events()]
    stop.abort()
    assert.deepEqual(await first.next(), { value: undefined, done: true })
    await lab.close()
    assert.deepEqual(await second.next(), { value: undefined, done: true })
  })
})

describe('the audit events of a lab', () => {
  it('have the API server’s form at level Metadata', async () => {
    const audited: AuditEvent[] = []
    await using lab = await startLab({ approve: 'none', onAudit: (event) => audited.push(event) })
    const headers = { 'user-agent': 'test/1.0' }
    const reply = await send(lab, 'POST', CSRS, { body: await kubeletRequest('one', 'n1'), headers })
    const [event] = audited
    assert.ok(event)
    const { auditID, requestReceivedTimestamp, stageTimestamp, annotations, ...rest } = event
    assert.equal(auditID, reply.headers['audit-id'])
    for (const time of [requestReceivedTimestamp, stageTimestamp])
      assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    assert.equal(annotations?.['authorization.k8s.io/decision'], 'allow')
    assert.match(annotations['authorization.k8s.io/reason'] ?? '', /^RBAC: allowed by /)
    assert.deepEqual(rest, {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      stage: 'ResponseComplete',
      requestURI: CSRS,
      verb: 'create',
      user: {
        username: `system:bootstrap:${lab.token.slice(0, 6)}`,
        groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token', 'system:authenticated'],
      },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'test/1.0',
      objectRef: { resource: 'certificatesigningrequests', apiGroup: 'certificates.k8s.io', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
    })
    assert.ok(!JSON.stringify(audited).includes(lab.token.slice(7)), 'the token is nowhere in it')
  })

  it('keep the status of a refusal, and tell who acts as whom', async () => {
    const audited: AuditEvent[] = []
    await using lab = await startLab({ onAudit: (event) => audited.push(event) })
    await sendAsAdmin(lab, 'DELETE', `${CSRS}/one`, { headers: { 'impersonate-user': 'alice' } })
    const [event] = audited
    assert.equal(event?.user.username, 'kubernetes-admin')
    assert.equal(event.impersonatedUser?.username, 'alice')
    assert.equal(event.responseStatus.reason, 'Forbidden')
    assert.equal(event.responseStatus.code, 403)
    assert.equal(event.annotations?.['authorization.k8s.io/decision'], 'forbid')
  })

  it('tell a watch when it begins and when it has ended', async () => {
    const audited: AuditEvent[] = []
    await using lab = await startLab({ onAudit: (event) => audited.push(event) })
    await send(lab, 'GET', `${CSRS}?watch=true&timeoutSeconds=1`)
    assert.deepEqual(
      audited.map(({ stage, verb }) => `${verb} ${stage}`),
      ['watch ResponseStarted', 'watch ResponseComplete'],
    )
    assert.equal(audited[0]?.auditID, audited[1]?.auditID)
  })
})
