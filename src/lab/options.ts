import type { Clock } from '../clock.ts'
import type { ApprovalMode } from './controllers/approver.ts'
import type { GenerationName } from './generation.ts'

/** How a lab is to be; everything has a default. */
export interface LabOptions {
  /** Address to listen on; 127.0.0.1 unless set. */
  readonly host?: string
  /** 0, a free one, unless set. */
  readonly port?: number
  /** `auto`, as kube-controller-manager approves, unless set. */
  readonly approve?: ApprovalMode
  /** Whether serving requests are approved too, which nothing in Kubernetes does by itself; false unless set. */
  readonly approveServing?: boolean
  /** Whether what is approved is signed; true unless set. */
  readonly sign?: boolean
  /** Longest lifetime of certificates, s; a year unless set. */
  readonly signingDurationSeconds?: number
  /** Whether kubeadm's RBAC bindings for joining are there; true unless set. */
  readonly kubeadmPolicy?: boolean
  /** A random one unless set. */
  readonly token?: string
  /** Folder whose keys and certificates, under kubeadm's names, are used; what is missing is made there. */
  readonly pkiDir?: string
  readonly emulate?: GenerationName
  readonly clock?: Clock
}
