import type PromClient from 'prom-client'
import type { Metrics } from './metrics.ts'

/** Ages at which a certificate is replaced, s: from a minute to four years. Source: pkg/kubelet/certificate/kubelet.go. */
const ROTATION_BUCKETS = [60, 3600, 14400, 86400, 604800, 2592000, 7776000, 15552000, 31104000, 124416000]

/** How long steps of an attempt take, s: a signer answers in milliseconds, a human approves within days. */
const PHASE_BUCKETS = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400, 604800]

/**
 * All metrics, in a new registry. The first five bear the kubelet's names and meanings, so that alerts made for a kubelet hold; the
 * texts of `help` are the reference, docs/observability.md tells more.
 */
export function defineMetrics({ Registry, Gauge, Counter, Histogram }: typeof PromClient, version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string, ...labelNames: string[]): PromClient.Gauge =>
    new Gauge({ name, help, labelNames, registers })
  const counter = (name: string, help: string, ...labelNames: string[]): PromClient.Counter =>
    new Counter({ name, help, labelNames, registers })
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]): PromClient.Histogram =>
    new Histogram({ name, help, buckets, labelNames, registers })

  gauge('certlet_build_info', 'Always 1; the version of certlet is the label.', 'version').set({ version }, 1)
  return {
    registry,
    kubelet: {
      client: {
        ttl: gauge(
          'kubelet_certificate_manager_client_ttl_seconds',
          'Seconds until the client certificate expires; negative after its expiry, +Inf while there is none.',
        ),
        renewErrors: counter(
          'kubelet_certificate_manager_client_expiration_renew_errors',
          'Failed attempts to renew the client certificate.',
        ),
      },
      serving: {
        ttl: gauge(
          'kubelet_certificate_manager_server_ttl_seconds',
          'Seconds until the serving certificate expires; negative after its expiry, +Inf while there is none.',
        ),
        renewErrors: counter(
          'kubelet_server_expiration_renew_errors',
          'Failed attempts to renew the serving certificate.',
        ),
        rotation: histogram(
          'kubelet_certificate_manager_server_rotation_seconds',
          'Age of the serving certificate that was replaced, from its NotBefore, in seconds.',
          ROTATION_BUCKETS,
        ),
      },
    },
    ready: gauge(
      'certlet_credential_ready',
      '1 while the credential is in place, in date and proven, else 0.',
      'purpose',
    ),
    notBefore: gauge(
      'certlet_certificate_not_before_timestamp_seconds',
      'Start of the validity of the certificate in use.',
      'purpose',
    ),
    notAfter: gauge(
      'certlet_certificate_not_after_timestamp_seconds',
      'End of the validity of the certificate in use.',
      'purpose',
    ),
    rotateAt: gauge(
      'certlet_certificate_rotate_at_timestamp_seconds',
      'Moment from which the certificate in use is replaced.',
      'purpose',
    ),
    waiting: gauge(
      'certlet_waiting',
      '1 for the reason for which the credential is not ready, not renewed although due, or not proven anew; 0 for all others.',
      'purpose',
      'reason',
    ),
    waitingSeconds: gauge(
      'certlet_waiting_seconds',
      'How long it has waited for that reason; 0 when it does not wait.',
      'purpose',
    ),
    pendingSeconds: gauge(
      'certlet_request_pending_seconds',
      'Age of the certificate signing request that is under way; 0 when there is none.',
      'purpose',
    ),
    clockSkew: gauge('certlet_clock_skew_seconds', 'The API server’s clock minus this machine’s, by its last answer.'),
    attempts: counter('certlet_attempts_total', 'Attempts to come by a certificate.', 'purpose'),
    attemptFailures: counter(
      'certlet_attempt_failures_total',
      'Failures of attempts and of steps that are tried again, by the code in docs/errors.md.',
      'purpose',
      'code',
    ),
    rotations: counter('certlet_rotations_total', 'New credentials in use and proven, the first included.', 'purpose'),
    phases: histogram(
      'certlet_phase_duration_seconds',
      'Duration of the steps of attempts: request, approval, signing, commit, proof.',
      PHASE_BUCKETS,
      'purpose',
      'phase',
    ),
    rotationAge: histogram(
      'certlet_rotation_age_seconds',
      'Age of the certificate that was replaced, from its NotBefore, in seconds.',
      ROTATION_BUCKETS,
      'purpose',
    ),
  }
}
