import { basename, dirname, join } from 'node:path'
import type { KeyUse } from './inventory.ts'

/** A certificate that kubeadm or the kubelet makes under this name. */
export interface KnownFile {
  /** What it is for, in words. */
  readonly use: string
  /** What its usages have to allow. */
  readonly needs: readonly KeyUse[]
}

/**
 * kubeadm's certificates by their paths in the PKI folder.
 * Source: cmd/kubeadm/app/phases/certs/certlist.go.
 */
const KUBEADM: Readonly<Record<string, KnownFile>> = {
  'ca.crt': { use: 'CA of the cluster', needs: ['ca'] },
  'apiserver.crt': { use: 'API server', needs: ['server'] },
  'apiserver-kubelet-client.crt': { use: 'API server to kubelets', needs: ['client'] },
  'apiserver-etcd-client.crt': { use: 'API server to etcd', needs: ['client'] },
  'front-proxy-ca.crt': { use: 'CA of the front proxy', needs: ['ca'] },
  'front-proxy-client.crt': { use: 'front proxy to extension API servers', needs: ['client'] },
  'etcd/ca.crt': { use: 'CA of etcd', needs: ['ca'] },
  'etcd/server.crt': { use: 'etcd', needs: ['server'] },
  'etcd/peer.crt': { use: 'etcd to its peers', needs: ['server', 'client'] },
  'etcd/healthcheck-client.crt': { use: 'health checks of etcd', needs: ['client'] },
  'sa.key': { use: 'key that signs service account tokens', needs: [] },
  'sa.pub': { use: 'key that checks service account tokens', needs: [] },
}

/** Source: pkg/kubelet/certificate/kubelet.go and bootstrap/bootstrap.go. */
const KUBELET: Readonly<Record<string, KnownFile>> = {
  'kubelet-client-current.pem': { use: 'kubelet to the API server', needs: ['client'] },
  'kubelet-server-current.pem': { use: 'the kubelet’s own server', needs: ['server'] },
  'kubelet.crt': { use: 'the kubelet’s own server, self-made', needs: ['server'] },
  'kubelet-client.key.tmp': { use: 'key of a client certificate that is under way', needs: [] },
  'kubelet-server.key.tmp': { use: 'key of a serving certificate that is under way', needs: [] },
}

/** Kubeconfigs of kubeadm, beside the PKI folder. Source: cmd/kubeadm/app/constants/constants.go, *KubeConfigFileName. */
const KUBECONFIGS: Readonly<Record<string, string>> = {
  'admin.conf': 'administrator',
  'super-admin.conf': 'administrator whom RBAC does not bind',
  'controller-manager.conf': 'controller manager',
  'scheduler.conf': 'scheduler',
  'kubelet.conf': 'kubelet to the API server',
  'bootstrap-kubelet.conf': 'token of a node that joins',
}

/** certlet's own files in a certificate folder. */
const CERTLET: Readonly<Record<string, string>> = {
  'certlet.machine': 'certlet’s: which machine each key was made on',
  'certlet.lock': 'certlet’s: held while it works on the folder',
  'certlet.sock': 'certlet’s control socket',
}

/** What is known of a file by its name; etcd's names count in a folder `etcd` only. */
export function knownFile(path: string): KnownFile | undefined {
  const name = basename(path)
  const inEtcd = basename(dirname(path)) === 'etcd'
  const conf = KUBECONFIGS[name]
  return (
    KUBEADM[inEtcd ? `etcd/${name}` : name] ??
    KUBELET[name] ??
    (conf === undefined ? undefined : { use: conf, needs: [] })
  )
}

export function certletsOwn(path: string): string | undefined {
  return CERTLET[basename(path)]
}

/** A pair that the kubelet or certlet dated; the one in use is named by a link. */
export function isDatedPair(path: string): boolean {
  return /^kubelet-(client|server)-\d{4}-[^/]*\.pem$/.test(basename(path))
}

/** The kubeconfigs beside a folder that is kubeadm's by its name. */
export function besidePki(folder: string): string[] {
  if (basename(folder) !== 'pki') return []
  return Object.keys(KUBECONFIGS).map((name) => join(dirname(folder), name))
}
