/** Gets a node's credential with a bootstrap token, as a new node does. */
import { labelledRequests } from '../../kube/labelled-requests.ts'
import { fullRequest } from '../full-request.ts'
import { requestBody } from '../request-body.ts'
import type { OneRun } from './run.ts'
import { type ObtainNode, withCertificate } from './senders.ts'

/** The request for the credential is one of those of the run, and is deleted with them. */
export function nodeObtainer(run: Omit<OneRun, 'requests' | 'senderFor'>): ObtainNode {
  const { target, values, maker, made, follower, clock, signal } = run
  return async (node, by) => {
    const key = await maker.makeKey('ecdsa-p256')
    const full = fullRequest({}, { ...values, node })
    const body = requestBody(full, await maker.makeRequest(full, key))
    const sentAt = clock.now()
    const name = run.nextName()
    made.push(name)
    const created = await labelledRequests(by.connection, run.label).create({ name, ...body }, signal)
    follower.note(created)
    const { certificate, verdict } = await follower.end(name, sentAt, ['issued'], run.patience)
    if (certificate === undefined) return { missing: `the node’s own certificate is ${verdict}` }
    const keyPem = key.privateKey.export({ format: 'pem', type: 'pkcs8' })
    const { kubeConfig } = target.bootstrap ?? target.self
    return withCertificate(kubeConfig, certificate, keyPem)
  }
}
