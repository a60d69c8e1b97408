/** Who sends the requests of a suite: the kubeconfig's own identity, one that was handed over, one obtained, or an impersonated one. */
import { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../../errors.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { Connection } from '../../kube/connection.ts'
import { impersonating } from '../../kube/impersonation.ts'
import { type Right, reviews, type UserInfo } from '../../kube/reviews.ts'
import { describeIdentity, type Identity } from '../identity.ts'
import { filled, type PlaceholderValues } from '../placeholders.ts'
import type { Requestor } from '../policy.ts'
import type { Credential, ProbeTarget } from './target.ts'

/** One who can send. */
export interface Sender {
  readonly requestor: Requestor
  readonly connection: Connection
}

/** Why an identity cannot be had; its cases are left out. */
export interface NoSender {
  readonly missing: string
}

/** Gets a node's credential with a bootstrap token: a kubeconfig, or why there is none. */
export type ObtainNode = (nodeName: string, by: Sender) => Promise<KubeConfig | NoSender>

/** What the token of a bootstrap kubeconfig is in, where it is impersonated. Source: kubeadm's default. */
const BOOTSTRAP_USER: UserInfo = {
  username: 'system:bootstrap:probes',
  groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token'],
}

export interface SenderOptions {
  readonly target: ProbeTarget
  readonly values: PlaceholderValues
  readonly obtainNode: ObtainNode
  readonly signal: AbortSignal
}

/** Senders by identity, each made once. */
export function createSenders({ target, values, obtainNode, signal }: SenderOptions) {
  const known = new Map<string, Promise<Sender | NoSender>>()
  const own: Connection[] = []

  const senderFor = (identity: Identity): Promise<Sender | NoSender> => {
    const key = describeIdentity(identity)
    const sender = known.get(key) ?? make(identity)
    known.set(key, sender)
    return sender
  }

  async function make(identity: Identity): Promise<Sender | NoSender> {
    if (identity === 'self') return direct(target.self)
    if (identity === 'bootstrap' && target.bootstrap) return direct(target.bootstrap)
    const user = userOf(identity, values)
    const impersonated = await impersonate(user)
    if ('connection' in impersonated || typeof identity === 'object' || identity === 'bootstrap') return impersonated
    if (!target.bootstrap) return impersonated
    const by = await senderFor('bootstrap')
    if ('missing' in by) return by
    const obtained = await obtainNode(user.username.slice('system:node:'.length), by)
    if ('missing' in obtained) return obtained
    const connection = target.connect(obtained)
    own.push(connection)
    return direct({ kubeConfig: obtained, connection }, user)
  }

  async function direct({ connection }: Credential, otherwise?: UserInfo): Promise<Sender> {
    const user = (await reviews(connection).whoAmI(signal)) ?? otherwise ?? { username: '', groups: [] }
    return { connection, requestor: await requestorOf(connection, user, signal) }
  }

  async function impersonate(user: UserInfo): Promise<Sender | NoSender> {
    const connection = impersonating(target.self.connection, target.self.kubeConfig, user)
    try {
      return { connection, requestor: await requestorOf(connection, user, signal) }
    } catch (error) {
      if (!(error instanceof ApiError && error.status.code === 403)) throw error
      return { missing: `${error.status.message} (it needs the verb impersonate)` }
    }
  }

  return {
    senderFor,
    [Symbol.dispose]: (): void => {
      for (const connection of own) connection[Symbol.dispose]()
    },
  }
}

function userOf(identity: Exclude<Identity, 'self'>, values: PlaceholderValues): UserInfo {
  if (typeof identity === 'object') {
    const { user, groups = [] } = filled(identity, values)
    return { username: user, groups }
  }
  if (identity === 'bootstrap') return BOOTSTRAP_USER
  const name = identity === 'node' ? values.node : values.otherNode
  return { username: `system:node:${name}`, groups: ['system:nodes'] }
}

const REQUESTS = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' } as const

async function requestorOf(connection: Connection, user: UserInfo, signal: AbortSignal): Promise<Requestor> {
  const may = (subresource?: string): Promise<boolean> => {
    const right: Right = { verb: 'create', ...REQUESTS, ...(subresource !== undefined && { subresource }) }
    return reviews(connection).may(right, signal)
  }
  const [selfnodeclient, nodeclient, mayRequest] = await Promise.all([may('selfnodeclient'), may('nodeclient'), may()])
  return { ...user, mayCreate: { selfnodeclient, nodeclient }, mayRequest }
}

/** A kubeconfig for the same server with another credential. @throws CertletError INTERNAL */
export function withCertificate(kubeConfig: KubeConfig, certificatePem: string, keyPem: string): KubeConfig {
  const cluster = kubeConfig.getCurrentCluster()
  if (!cluster) throw new CertletError('INTERNAL', 'The kubeconfig has no current cluster any more')
  const copy = new KubeConfig()
  copy.loadFromClusterAndUser(cluster, {
    name: 'probe',
    certData: Buffer.from(certificatePem).toString('base64'),
    keyData: Buffer.from(keyPem).toString('base64'),
  })
  return copy
}
