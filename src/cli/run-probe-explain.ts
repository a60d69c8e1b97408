import { CertletError } from '../errors.ts'
import { parseCertificateRequest } from '../lab/pki/certificate-request.ts'
import { type Expectation, expectationOf } from '../probe/expectation.ts'
import { fullRequest } from '../probe/full-request.ts'
import { describeIdentity, type Identity } from '../probe/identity.ts'
import { requestMaker } from '../probe/make/make-request.ts'
import { filled, type PlaceholderValues } from '../probe/placeholders.ts'
import { policies } from '../probe/policies/index.ts'
import { kubeadmRequestors } from '../probe/policies/rights.ts'
import type { Policy, Requestor } from '../probe/policy.ts'
import { requestBody } from '../probe/request-body.ts'
import type { ProbeCase, Suite } from '../probe/suite.ts'
import { columns } from './columns.ts'
import { textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { printable } from './printable.ts'
import { policyNamed, suitesNamed } from './probe-suites.ts'
import type { World } from './world.ts'

/** `certlet probe explain`: in a cluster as kubeadm makes it, Kubernetes 1.36. @throws CertletError USAGE */
export async function runProbeExplain(flags: Flags, world: World): Promise<number> {
  const file = textOf(flags, 'suite')
  const { suite, one } = caseNamed(textOf(flags, 'case') ?? '', suitesNamed(file === undefined ? [] : [file]))
  const as = one.as ?? suite.defaults?.as ?? 'node'
  const own: PlaceholderValues = {
    node: textOf(flags, 'node') ?? '',
    otherNode: textOf(flags, 'other-node') ?? '',
    nodeIp: textOf(flags, 'node-ip') ?? '',
    otherNodeIp: textOf(flags, 'other-node-ip') ?? '',
    ...{ apiServer: '10.96.0.1', user: '', run: 'explained', copy: '1' },
  }
  const requestor = requestorNamed(as, own, world.clock.now())
  const values = { ...own, user: requestor.username }
  const full = fullRequest({ ...suite.defaults?.request, ...one.request }, values)
  const request = await requestMaker.makeRequest(full, await requestMaker.makeKey(full.keyType))
  const body = requestBody(full, request)
  const server = { minor: 36, nodeAddresses: { [own.node]: [own.nodeIp], [own.otherNode]: [own.otherNodeIp] } }
  const expected = (policy: Policy): Expectation => {
    const written = one.expectFor?.[policy.name] ?? one.expect
    return written === undefined ? policy.expect(body, requestor, server) : expectationOf(filled(written, values))
  }
  const chosen = policyNamed(textOf(flags, 'approver') ?? 'stock')
  const all = policies.some(({ name }) => name === chosen.name) ? policies : [...policies, chosen]
  const explained = {
    suite: suite.name,
    case: one.name,
    why: one.why,
    source: one.source,
    as: describeIdentity(filled(as, values)),
    requestor: { username: requestor.username, groups: requestor.groups },
    signerName: full.signerName,
    usages: full.usages,
    expirationSeconds: full.expirationSeconds,
    key: full.keyType,
    signature: full.signature,
    decoded: decoded(request),
    expected: Object.fromEntries(all.map((policy) => [policy.name, expected(policy)])),
    request: Buffer.from(request).toString('utf8'),
  }
  world.stdout.write(flags['output'] === 'text' ? inWords(explained, world) : formatted(explained, flags['output']))
  return 0
}

type Explained = Readonly<{
  suite: string
  case: string
  why: string
  source: string | undefined
  requestor: { username: string; groups: readonly string[] }
  signerName: string
  usages: readonly string[]
  expirationSeconds: number | undefined
  key: string
  signature: string
  decoded: ReturnType<typeof decoded>
  expected: Readonly<Record<string, Expectation>>
  request: string
}>

function caseNamed(name: string, suites: readonly Suite[]): { suite: Suite; one: ProbeCase } {
  const found = suites.flatMap((suite) =>
    suite.cases
      .filter((one) => one.name === name || `${suite.name}/${one.name}` === name)
      .map((one) => ({ suite, one })),
  )
  const [first, ...others] = found
  if (!first)
    throw new CertletError('USAGE', `There is no case "${name}"`, { hint: 'see them with `certlet probe list`' })
  if (others.length === 0) return first
  const names = found.map(({ suite }) => `${suite.name}/${name}`).join(', ')
  throw new CertletError('USAGE', `There are several cases "${name}": ${names}`, { hint: 'name one of them' })
}

function requestorNamed(as: Identity, values: PlaceholderValues, now: Date): Requestor {
  const of = kubeadmRequestors(now)
  if (typeof as === 'object') return of(filled(as.user, values), filled(as.groups ?? [], values))
  switch (as) {
    case 'self':
      return of('kubernetes-admin', ['system:masters'])
    case 'bootstrap':
      return of('system:bootstrap:abcdef', ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token'])
    case 'node':
      return of(`system:node:${values.node}`, ['system:nodes'])
    case 'other-node':
      return of(`system:node:${values.otherNode}`, ['system:nodes'])
  }
}

/** The request as the API server reads it, or why it does not. */
function decoded(request: Uint8Array) {
  const parsed = parseCertificateRequest(Buffer.from(request).toString('latin1'))
  if ('error' in parsed) return { error: parsed.error }
  const { subject, dnsNames, ipAddresses, emailAddresses, uris } = parsed.ok
  return { subject: subject.attributes, dnsNames, ipAddresses, emailAddresses, uris }
}

const ATTRIBUTES: Readonly<Record<string, string>> = { '2.5.4.3': 'CN', '2.5.4.10': 'O', '2.5.4.11': 'OU' }

function inWords(one: Explained, { stdout }: World): string {
  const { decoded: read } = one
  const names =
    'error' in read
      ? ([['request', `cannot be read: ${read.error}`]] as const)
      : ([
          ['subject', read.subject.map(({ type, value = '?' }) => `${ATTRIBUTES[type] ?? type}=${value}`).join(', ')],
          ['DNS names', read.dnsNames.join(', ')],
          ['addresses', read.ipAddresses.join(', ')],
          ['e-mail', read.emailAddresses.join(', ')],
          ['URIs', read.uris.join(', ')],
        ] as const)
  const rows: (readonly [string, string])[] = [
    ['case', `${one.suite}/${one.case}`],
    ['stands for', one.why],
    ['source', one.source ?? ''],
    ['asked by', `${one.requestor.username} (${one.requestor.groups.join(', ')})`],
    ['signer', one.signerName],
    ['usages', one.usages.join(', ')],
    ['lifetime', one.expirationSeconds === undefined ? '' : `${one.expirationSeconds} s`],
    ['key', `${one.key}, signature ${one.signature}`],
    ...names,
    ...Object.entries(one.expected).map(([name, expected]) => {
      const because = expected.because === undefined ? '' : `: ${expected.because}`
      return [`under ${name}`, `${expected.verdicts.join(' or ')}${because}`] as const
    }),
  ]
  const shown = rows.filter(([, value]) => value !== '').map(([label, value]) => [label, printable(value)] as const)
  return `${columns(shown, stdout.columns)}\n${one.request.replace(/[^\x20-\x7e\n]/g, '?').trimEnd()}\n`
}
