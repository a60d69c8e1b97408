import type { CertificateReport } from '../agent/report.ts'

/** What a certificate's usages allow. */
export type KeyUse = 'ca' | 'client' | 'server'

/** Where something stands. */
export interface Place {
  readonly path: string
  /** Where in it: `user "admin"` of a kubeconfig, `certificate 2` of a bundle. */
  readonly entry?: string
}

/** Who signed a certificate, as far as its signature shows it. */
export type SignedBy =
  | { readonly kind: 'itself' }
  /** The CA is here, and its key fits the signature. */
  | ({ readonly kind: 'ca'; readonly subject: string } & Place)
  /** A CA of the issuer's name is here, and its key does not fit. */
  | ({ readonly kind: 'namesake'; readonly subject: string } & Place)
  | { readonly kind: 'not here' }

/** `matches`: its key is here. `differs`: another key stands where its key belongs. */
export type KeyOf = { readonly kind: 'matches' | 'differs'; readonly path: string } | { readonly kind: 'not here' }

/** One certificate, however often it is found. */
export interface CertificateFinding extends Place, Omit<CertificateReport, 'rotateAt'> {
  readonly alsoAt: readonly Place[]
  /** What kubeadm or the kubelet has it for, by the file's name. */
  readonly use?: string
  readonly allows: readonly KeyUse[]
  /** `sha256:…` of the public key, as `--discovery-token-ca-cert-hash` takes it. */
  readonly pin: string
  readonly signedBy: SignedBy
  readonly key: KeyOf
  /** `unused`: an earlier pair that is kept. */
  readonly worth: 'usable' | 'unusable' | 'unused'
  /** What makes it unusable, in words. */
  readonly faults: readonly string[]
  /** Whether it is to be renewed by now. */
  readonly due: boolean
  /** The certificate at the top of its chain, where that is here: the set that it belongs to. */
  readonly root?: Place
}

/** A key that is no certificate's. */
export interface KeyFinding extends Place {
  readonly use?: string
  /** `EC P-256`, `RSA 2048`. */
  readonly type: string
  readonly half: 'private' | 'public'
  readonly faults: readonly string[]
}

/** Something that proves who one is, or is on its way to that, and is no certificate. Never its content. */
export interface OtherFinding extends Place {
  readonly what: string
}

/** Something that could not be used or looked at, or has nothing to do with certificates. */
export interface Remark extends Place {
  readonly kind: 'missing' | 'unreadable' | 'broken' | 'left out'
  readonly why: string
}

/** What stands at some paths. */
export interface Inventory {
  readonly certificates: readonly CertificateFinding[]
  readonly keys: readonly KeyFinding[]
  readonly others: readonly OtherFinding[]
  readonly remarks: readonly Remark[]
}

/**
 * The exit code for what was found, by the worst: 7 something could not be looked at, 9 something cannot be used, 4 a path is missing,
 * or there is nothing at it, 0 all is well. Pure.
 */
export function inventoryExitCode({ certificates, keys, others, remarks }: Inventory): number {
  const has = (kind: Remark['kind']): boolean => remarks.some((remark) => remark.kind === kind)
  if (has('unreadable')) return 7
  if (
    has('broken') ||
    certificates.some(({ worth }) => worth === 'unusable') ||
    keys.some(({ faults }) => faults.length > 0)
  ) {
    return 9
  }
  return has('missing') || certificates.length + keys.length + others.length === 0 ? 4 : 0
}
