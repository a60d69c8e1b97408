import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { isIP } from 'node:net'
import { CertletError } from '../errors.ts'
import { shownAddress } from '../kubeconfig/shown-address.ts'
import type { Connection } from '../kube/connection.ts'
import { labelledRequests } from '../kube/labelled-requests.ts'
import { minorVersion } from '../kube/server-version.ts'
import type { Log } from '../log.ts'
import { removeAll } from '../probe/engine/clean-up.ts'
import { runSuites } from '../probe/engine/run-suites.ts'
import type { ProbeTarget } from '../probe/engine/target.ts'
import { LABEL, newRunId } from '../probe/label.ts'
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
import { deletion, describeProbe } from './probe-report.ts'
import { openSession } from './probe-session.ts'
import { chosenCases, policyNamed, suitesNamed } from './probe-suites.ts'
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
  for (const name of ['junit', 'out']) requireFolderOf(name, flags)
  await using session = await openSession(flags, world, log)
  const { target } = session
  const address = shownAddress(target.self.connection.server)
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
  const { run } = values
  try {
    const options = { target, policy, server, values, maker: requestMaker, patience, parallel }
    const work = () => runSuites(suites, { ...options, clock: world.clock, signal: world.signal }, made)
    const doing = `sending ${number === 1 ? '1 case' : `${number} cases`} to ${address}`
    cases = await step(doing, work, { world, log, plain: false })
  } catch (error) {
    left = await cleanUp(made, { flags, world, log, target, run })
    throw withLeft(world.signal.aborted && !(error instanceof CertletError) ? world.signal.reason : error, left, run)
  }
  left = await cleanUp(made, { flags, world, log, target, run })
  const ms = world.clock.now().getTime() - started.getTime()
  const startedAt = started.toISOString()
  write({ server: address, policy: policy.name, run, startedAt, ms, cases, left }, flags, world)
  return cases.every((one) => outcomeOf(one) !== 'different') && cases.some((one) => outcomeOf(one) === 'ok')
    ? 0
    : DIFFERENT
}

/** What there is to do after Ctrl-C is to delete what is left, and not, as elsewhere, to go on. */
function withLeft(error: unknown, left: readonly string[], run: string): unknown {
  if (!(error instanceof CertletError) || (left.length === 0 && error.code !== 'INTERRUPTED')) return error
  const { code, message } = error
  if (left.length === 0) return new CertletError(code, message, { hint: 'nothing is left of its requests' })
  const list = `${message}; these requests are left on the server:\n  ${left.join(' ')}`
  return new CertletError(code, list, { cause: error, hint: `an administrator deletes them: ${deletion(run)}` })
}

/** Where a server does not say its version. */
const NEWEST_MINOR = 36

function write(result: ProbeResult, flags: Flags, world: World): void {
  const view = { paint: paintOf(world.stdout), width: world.stdout.columns }
  const { output } = flags
  world.stdout.write(
    output === 'text' ? describeProbe(result, view) : output === 'tap' ? tap(result) : formatted(result, output),
  )
  const file = (name: string, text: () => string): void => {
    const path = textOf(flags, name)
    if (path !== undefined) replacePassingFile(path, text(), 0o644)
  }
  file('junit', () => junit(result))
  file('out', () => formatted(result, 'json'))
}

/** Said before anything is sent. @throws CertletError USAGE */
function requireFolderOf(name: string, flags: Flags): void {
  const path = textOf(flags, name)
  if (path !== undefined && !existsSync(dirname(path))) {
    throw new CertletError('USAGE', `Cannot write --${name} "${path}": there is no folder ${dirname(path)}`, {
      hint: 'make the folder, or name another',
    })
  }
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

/** Deletes what was made; also after an interruption, for a while. @returns what is left. */
async function cleanUp(
  made: readonly string[],
  { flags, world, log, target, run }: { flags: Flags; world: World; log: Log; target: ProbeTarget; run: string },
): Promise<readonly string[]> {
  if (target.lab || made.length === 0) return []
  if (flags['keep'] === true) {
    log.info('the requests stay on the server', { delete: deletion(run) })
    return []
  }
  const signal = world.signal.aborted ? AbortSignal.timeout(CLEAN_UP_MS) : world.signal
  const { left, why } = await removeAll(made, labelledRequests(target.self.connection, [LABEL, run]), signal)
  if (why) log.warn('some requests could not be deleted', { number: left.length, why: why.message })
  return left
}
