import { createHash } from 'node:crypto'

/** When a certificate holds. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

/**
 * The moment from which a certificate is replaced: after 70 % to 90 % of its lifetime.
 * @param draw - number in [0, 1), one for each certificate, so that nodes which joined together do not renew together.
 * Source: client-go util/certificate/certificate_manager.go, nextRotationDeadline and jitteryDuration.
 */
export function rotationTime({ notBefore, notAfter }: Validity, draw: number): Date {
  const total = notAfter.getTime() - notBefore.getTime()
  return new Date(notBefore.getTime() + total * (0.7 + 0.2 * draw))
}

/**
 * The number that a certificate draws for itself, in [0, 1): the first 48 bits of a digest of it. A restart finds the same one again,
 * where the kubelet draws anew (so that a node which restarts often renews early).
 */
export function drawOf(certificatePem: string): number {
  return createHash('sha256').update(certificatePem).digest().readUIntBE(0, 6) / 2 ** 48
}
