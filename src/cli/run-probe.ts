import { isIP } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { CertletError } from '../errors.ts'
import { type Connection, connectionTo } from '../kube/connection.ts'
import { labelledRequests } from '../kube/labelled-requests.ts'
import { minorVersion } from '../kube/server-version.ts'
import { readAdministratorKubeconfig } from '../kubeconfig/administrator-kubeconfig.ts'
import { type ApprovalRule, type Lab, readApprovalRules, startLab } from '../lab/index.ts'
import type { Log } from '../log.ts'
import { removeAll } from '../probe/engine/clean-up.ts'
import { LABEL, newRunId, runSuites } from '../probe/engine/run-suites.ts'
import type { ProbeTarget } from '../probe/engine/target.ts'
import { requestMaker } from '../probe/make/make-request.ts'
import type { PlaceholderValues } from '../probe/placeholders.ts'
import type { Server } from '../probe/policy.ts'
import { junit } from '../probe/report/junit.ts'
import { tap } from '../probe/report/tap.ts'
import { type CaseResult, outcomeOf, type ProbeResult } from '../probe/results.ts'
import { replacePassingFile } from '../store/replace-file.ts'
import { countOf, durationOf, listOf, logOf, textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { formatted } from './formatted.ts'
import { paintOf } from './paint.ts'
import { describeProbe } from './probe-report.ts'
import { chosenCases, fileText, policyNamed, suitesNamed, understood } from './probe-suites.ts'
import { step } from './step.ts'
import type { World } from './world.ts'

/** Some case came out otherwise than expected. */
export const DIFFERENT = 10

/** How long cleaning up may take after an interruption, ms. */
const CLEAN_UP_MS = 5_000

/** `certlet probe`. @returns 0 if all holds, 10 if not. @throws CertletError USAGE, and those of the connection. */
export async function runProbe(flags: Flags, world: World): Promise<number> {
  const log = logOf(flags, world)
  const names = listOf(flags, 'suite')
  const suites = chosenCases(suitesNamed(names), listOf(flags, 'case'), listOf(flags, 'skip'))
  const policy = policyNamed(textOf(flags, 'approver') ?? 'stock')
  const patience = { timeoutMs: durationOf(flags, 'timeout'), restMs: durationOf(flags, 'pending-after') }
  const parallel = countOf(flags, 'parallel', 1)
  await using session = await openSession(flags, world, log)
  const { target } = session
  const values = valuesOf(flags, target.self.connection)
  const minor = (await minorVersion(target.self.connection, world.signal)) ?? NEWEST_MINOR
  const server: Server = {
    minor,
    nodeAddresses: { [values.node]: [values.nodeIp], [values.otherNode]: [values.otherNodeIp] },
  }
  const started = world.clock.now()
  const made: string[] = []
  let cases: readonly CaseResult[] = []
  let left: readonly string[] = []
  const number = suites.reduce((sum, { cases: all }) => sum + all.length, 0)
  try {
    const options = { target, policy, server, values, maker: requestMaker, patience, parallel }
    const run = () => runSuites(suites, { ...options, clock: world.clock, signal: world.signal }, made)
    cases = await step(`sending ${number} cases to ${target.self.connection.server}`, run, { world, log, plain: false })
  } finally {
    left = await cleanUp(made, { flags, world, log, target, run: values.run })
  }
  const ms = world.clock.now().getTime() - started.getTime()
  const startedAt = started.toISOString()
  const result: ProbeResult = { server: target.self.connection.server, policy: policy.name, startedAt, ms, cases, left }
  write(result, flags, world)
  return cases.every((one) => outcomeOf(one) !== 'different') && cases.some((one) => outcomeOf(one) === 'ok')
    ? 0
    : DIFFERENT
}

/** Where a server does not say its version. */
const NEWEST_MINOR = 36

function write(result: ProbeResult, flags: Flags, world: World): void {
  const file = (name: string, text: () => string): void => {
    const path = textOf(flags, name)
    if (path !== undefined) replacePassingFile(path, text(), 0o644)
  }
  file('junit', () => junit(result))
  file('out', () => formatted(result, 'json'))
  const view = { paint: paintOf(world.stdout), width: world.stdout.columns }
  const { output } = flags
  world.stdout.write(
    output === 'text' ? describeProbe(result, view) : output === 'tap' ? tap(result) : formatted(result, output),
  )
}

/** @throws CertletError USAGE */
function valuesOf(flags: Flags, { server }: Connection): PlaceholderValues {
  const text = (name: string): string => textOf(flags, name) ?? ''
  const ip = (name: string): string => {
    if (isIP(text(name)) === 0) throw new CertletError('USAGE', `--${name} "${text(name)}" is not an IP address`)
    return text(name)
  }
  return {
    node: text('node'),
    otherNode: text('other-node'),
    nodeIp: ip('node-ip'),
    otherNodeIp: ip('other-node-ip'),
    apiServer: new URL(server).hostname.replace(/^\[|\]$/g, ''),
    user: '',
    run: newRunId(),
    copy: '1',
  }
}

interface Session extends AsyncDisposable {
  readonly target: ProbeTarget
}

/** A cluster where a kubeconfig is named, else a lab: nobody's requests go to a cluster because of an environment variable. */
async function openSession(flags: Flags, world: World, log: Log): Promise<Session> {
  const onProblem = (problem: CertletError): void => {
    log.warn(problem.message)
  }
  const retry = { clock: world.clock, random: world.random, onProblem }
  const connect = (kubeConfig: KubeConfig): Connection => connectionTo(kubeConfig, retry)
  const bootstrapPath = textOf(flags, 'bootstrap-kubeconfig')
  const path = textOf(flags, 'kubeconfig') ?? bootstrapPath
  const lab = path === undefined ? await labOf(flags, log) : undefined
  const kubeConfig = lab ? fromText(lab.adminKubeconfig()) : readAdministratorKubeconfig(path, world.env)
  const self = { kubeConfig, connection: connect(kubeConfig) }
  const bootstrapConfig = lab
    ? fromText(lab.bootstrapKubeconfig())
    : bootstrapPath === undefined
      ? undefined
      : readAdministratorKubeconfig(bootstrapPath, world.env)
  const bootstrap = bootstrapConfig && { kubeConfig: bootstrapConfig, connection: connect(bootstrapConfig) }
  const caPath = textOf(flags, 'signer-ca')
  const signerCaPem =
    caPath === undefined ? lab?.caPem : fileText(caPath, `Cannot use --signer-ca "${caPath}"`, 'PEM is wanted')
  return {
    target: {
      self,
      connect,
      ...(bootstrap && { bootstrap }),
      ...(signerCaPem !== undefined && { signerCaPem }),
      ...(lab && { lab: lab.controls }),
    },
    [Symbol.asyncDispose]: async () => {
      self.connection[Symbol.dispose]()
      bootstrap?.connection[Symbol.dispose]()
      await lab?.close()
    },
  }
}

function fromText(text: string): KubeConfig {
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromString(text)
  return kubeConfig
}

async function labOf(flags: Flags, log: Log) {
  const mode = flags['lab-approve'] as 'auto' | 'none' | 'deny'
  const path = textOf(flags, 'lab-approval-rules')
  const doing = `Cannot use --lab-approval-rules "${path ?? ''}"`
  const rules: readonly ApprovalRule[] =
    path === undefined
      ? []
      : understood(doing, () => readApprovalRules(fileText(path, doing, 'rules are wanted'), path))
  const lab: Lab = await startLab({ approve: mode, approvalRules: rules })
  log.info('no kubeconfig was named: a lab is probed', { approve: mode, rules: rules.length })
  return {
    ...lab,
    close: () => lab.close(),
    controls: {
      setApproval: lab.setApproval.bind(lab),
      setSigning: lab.setSigning.bind(lab),
      restore: (): void => {
        lab.setApproval({ mode, rules })
        lab.setSigning({})
      },
    },
  }
}

/** Deletes what was made; also after an interruption, for a while. @returns what is left. */
async function cleanUp(
  made: readonly string[],
  { flags, world, log, target, run }: { flags: Flags; world: World; log: Log; target: ProbeTarget; run: string },
): Promise<readonly string[]> {
  if (target.lab || made.length === 0) return []
  if (flags['keep'] === true) {
    log.info('the requests stay on the server', { delete: `kubectl delete csr -l ${LABEL}=${run}` })
    return []
  }
  const signal = world.signal.aborted ? AbortSignal.timeout(CLEAN_UP_MS) : world.signal
  const { left, why } = await removeAll(made, labelledRequests(target.self.connection, [LABEL, run]), signal)
  if (why)
    log.warn('some requests could not be deleted', { number: left.length, why: why.message, left: left.join(' ') })
  return left
}
