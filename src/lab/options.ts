import type { Clock } from '../clock.ts'
import type { ApprovalRule } from './controllers/approval-rules.ts'
import type { ApprovalMode } from './controllers/approver.ts'
import { Signer } from './controllers/csr.ts'
import type { Fault } from './faults/fault.ts'
import type { FeatureGate, GenerationName } from './generation.ts'
import type { AuditEvent } from './records/audit-event.ts'
import { type ApprovalSettings, defaultApproval, defaultSigning, type SigningSettings } from './settings.ts'

/** How a lab is to be; everything has a default. */
export interface LabOptions {
  /** Address to listen on; 127.0.0.1 unless set. */
  readonly host?: string
  /** 0, a free one, unless set. */
  readonly port?: number
  /** `auto`, as kube-controller-manager approves, unless set. */
  readonly approve?: ApprovalMode
  /** Asked before `approve`: the first that matches decides. */
  readonly approvalRules?: readonly ApprovalRule[]
  /** Whether serving requests are approved too, which nothing in Kubernetes does by itself; false unless set. */
  readonly approveServing?: boolean
  /** Whether what is approved is signed; true unless set. */
  readonly sign?: boolean
  /** How is signed, as far as it differs from what kube-controller-manager does. */
  readonly signing?: Partial<Omit<SigningSettings, 'enabled'>>
  /** Whether kubeadm's RBAC bindings for joining are there; true unless set. */
  readonly kubeadmPolicy?: boolean
  /** Unless set, the one of the first bootstrap token Secret among `objects`, else a random one. */
  readonly token?: string
  /**
   * Folder that keeps objects and token, and unless `pkiDir` is set the PKI, between labs; made with 0700. What was acknowledged is
   * there again after a kill. In memory unless set.
   */
  readonly stateDir?: string
  /** Further names and addresses in the API server's certificate, where it is made. */
  readonly names?: readonly string[]
  /** Folder whose keys and certificates, under kubeadm's names, are used; what is missing is made there, or in memory if it is read-only. */
  readonly pkiDir?: string
  /** What goes wrong at the wire. */
  readonly faults?: readonly Fault[]
  /** Told of every request in the API server's audit format, level Metadata: when a watch begins, and when any answer is out. */
  readonly onAudit?: (event: AuditEvent) => void
  /** API objects that are there from the start, created by the server itself in this order. */
  readonly objects?: readonly object[]
  /** `--anonymous-auth` of the API server; true unless set. */
  readonly anonymousAuth?: boolean
  /** Whether who asks for protobuf gets it; false unless set: clients on client-go then go on in JSON. */
  readonly protobuf?: boolean
  /** `--service-account-issuer` of the API server, the audience that a TokenReview tells; kubeadm's unless set. */
  readonly serviceAccountIssuer?: string
  readonly emulate?: GenerationName
  /** Features that are on although the generation has them off, as `--feature-gates` of the API server. */
  readonly featureGates?: readonly FeatureGate[]
  /** `--max-requests-inflight` of the API server without priority and fairness: how many requests are read for at once; any number unless set. */
  readonly maxRequestsInflight?: number
  /** `--max-mutating-requests-inflight`: the same for requests that change something. */
  readonly maxMutatingRequestsInflight?: number
  readonly clock?: Clock
  /** Draws numbers in [0, 1) for faults with a share; Math.random unless set. */
  readonly random?: () => number
}

const SERVING_RULE: ApprovalRule = {
  signer: Signer.kubeletServing,
  verdict: 'approve',
  message: 'The lab approves serving requests.',
}

/** How a lab with these options approves and signs. */
export function settingsOf(options: LabOptions): { approval: ApprovalSettings; signing: SigningSettings } {
  const { approve, approvalRules = [], approveServing, sign, signing } = options
  return {
    approval: {
      mode: approve ?? defaultApproval.mode,
      rules: [...approvalRules, ...(approveServing ? [SERVING_RULE] : [])],
    },
    signing: { ...defaultSigning, ...signing, enabled: sign ?? true },
  }
}
