import type { SigningRequest } from '../../csr/signing-request.ts'
import { readVerdict } from '../../csr/verdict.ts'
import { formatDuration } from '../../duration.ts'
import { fail, type Finding, ok, skipped, warn } from '../finding.ts'

/** What is approved is signed within a second or two; after so long it is not, ms. */
const PATIENCE_MS = 120_000

type Sample = readonly SigningRequest[] | undefined

/**
 * Whether the signer of client certificates works, by the requests that are there. Pure.
 * @param sample - undefined if they may not be listed.
 */
export function signerFinding(sample: Sample, now: Date): Finding {
  const name = 'signer'
  if (!sample) return skipped(name, 'requests of others may not be listed')
  const of = (kind: string): SigningRequest[] =>
    sample.filter((request) => readVerdict(request).kind === kind).sort((a, b) => timeOf(a) - timeOf(b))
  const issued = of('issued').at(-1)
  const stuck = of('approved').filter((request) => now.getTime() - timeOf(request) > PATIENCE_MS)
  const newest = stuck.at(-1)
  if (newest && (!issued || timeOf(newest) > timeOf(issued))) {
    return fail(
      name,
      'CSR_PENDING',
      `"${newest.name}" was approved and is not signed${stuck.length > 1 ? `, and ${stuck.length - 1} more are not` : ''}`,
      'start the signer: kube-controller-manager with csrsigning, --cluster-signing-cert-file and --cluster-signing-key-file',
    )
  }
  if (!issued) return skipped(name, 'no request was issued lately that would show it')
  return ok(name, `it issued "${issued.name}", which was made ${agoOf(issued, now)}`)
}

/**
 * Whether somebody approves serving requests: nothing in Kubernetes does so by itself. Pure.
 * Source: pkg/controller/certificates/approver/sarapprove.go, which knows client requests only.
 */
export function servingFinding(sample: Sample, now: Date): Finding {
  const name = 'serving'
  const issued = sample
    ?.filter((request) => readVerdict(request).kind === 'issued')
    .sort((a, b) => timeOf(a) - timeOf(b))
    .at(-1)
  if (issued) return ok(name, `"${issued.name}", made ${agoOf(issued, now)}, was approved and issued`)
  return warn(
    name,
    'nothing in Kubernetes approves serving requests by itself, and none was issued lately',
    'run an approver for kubernetes.io/kubelet-serving, or approve by hand: kubectl certificate approve NAME (certlet prints the name)',
  )
}

function timeOf({ createdAt }: SigningRequest): number {
  return createdAt?.getTime() ?? 0
}

function agoOf(request: SigningRequest, now: Date): string {
  return `${formatDuration(Math.max(0, Math.round((now.getTime() - timeOf(request)) / 1000) * 1000))} ago`
}
