import { resolve } from 'node:path'
import type { RotationOutcome } from '../agent/keeper.ts'
import type { AgentReport } from '../agent/report.ts'
import { briefAgent, type Rotator } from '../agent/rotator.ts'
import { askReport, askRotation } from '../control/control-client.ts'
import type { Purpose } from '../csr/constants.ts'
import { formatDuration } from '../duration.ts'
import { CertletError } from '../errors.ts'
import { agentContext } from './agent-context.ts'
import { durationOf, logOf, textOf } from './common-flags.ts'
import type { Flags } from './command.ts'
import { describeRotations, rotationsAsJson, type Rotations } from './rotation-report.ts'
import { runSettings } from './run-settings.ts'
import type { World } from './world.ts'

/**
 * `certlet rotate`.
 * @param argv - tells a purpose that was named from one that the configuration gives.
 * @returns the exit code. @throws CertletError
 */
export async function runRotate(flags: Flags, world: World, argv: readonly string[]): Promise<number> {
  const timeoutMs = durationOf(flags, 'timeout')
  const certDir = resolve(textOf(flags, 'cert-dir') ?? '')
  const named = purposesNamed(argv)
  const report = await askReport(certDir, world.signal)
  const purposes = named.length > 0 ? named : purposesKept(report, flags)
  await using rotator = report ? daemon(certDir, world.signal) : await ownAgent(flags, purposes, world)

  const outcomes = await Promise.all(
    purposes.map((purpose) => within(timeoutMs, rotator, { purpose, world, goesOn: report !== undefined })),
  )
  const rotations: Rotations = Object.fromEntries(purposes.map((purpose, index) => [purpose, outcomes[index]]))
  world.stdout.write(flags['output'] === 'json' ? rotationsAsJson(rotations) : describeRotations(rotations))
  const failed = outcomes.find((outcome) => outcome.kind === 'failed')
  if (failed) throw failed.error
  return 0
}

/** `--serving` in a configuration file says that there is such a credential, not that it alone should be rotated. */
function purposesNamed(argv: readonly string[]): Purpose[] {
  return (['client', 'serving'] as const).filter((one) => argv.includes(`--${one}`) || argv.includes(`--${one}=true`))
}

function purposesKept(report: AgentReport | undefined, flags: Flags): Purpose[] {
  return (report ? report.serving !== undefined : flags['serving'] === true) ? ['client', 'serving'] : ['client']
}

function daemon(certDir: string, stop: AbortSignal): Rotator {
  const answered = <T>(answer: T | undefined): T => {
    if (answer !== undefined) return answer
    throw new CertletError('DAEMON_SILENT', `The certlet that works on "${certDir}" has ended meanwhile`)
  }
  return {
    report: async () => answered(await askReport(certDir, stop)),
    rotate: async (purpose, signal) => answered(await askRotation(certDir, purpose, signal)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function ownAgent(flags: Flags, purposes: readonly Purpose[], world: World): Promise<Rotator> {
  const settings = await runSettings({ ...flags, serving: purposes.includes('serving') }, world)
  const context = agentContext(logOf(flags, world), world, { nodeBinding: flags['node-binding'] === true })
  try {
    return await briefAgent(settings, context)
  } catch (error) {
    if (!(error instanceof CertletError) || error.code !== 'LOCKED') throw error
    throw new CertletError('LOCKED', error.message, {
      hint: 'it does not listen to certlet rotate: wait if it is a bootstrap; send SIGHUP if it is certlet run',
    })
  }
}

/** The outcome, or as a failure that the time is up and why nothing has come. @throws the world's signal's reason. */
async function within(
  timeoutMs: number,
  rotator: Rotator,
  { purpose, world: { clock, signal }, goesOn }: { purpose: Purpose; world: World; goesOn: boolean },
): Promise<RotationOutcome> {
  const over = new AbortController()
  const ended = AbortSignal.any([signal, over.signal])
  try {
    const late = clock.sleep(timeoutMs, ended).then(() => undefined)
    const outcome = await Promise.race([rotator.rotate(purpose, ended), late])
    if (outcome) return outcome
    const why = (await rotator.report())[purpose]?.waiting?.sentence ?? 'the API server has not answered'
    const error = new CertletError(
      'CSR_PENDING',
      `The ${purpose} credential is not rotated after ${formatDuration(timeoutMs)}: ${why}`,
      goesOn ? { hint: 'certlet run goes on with it; see how far it is with certlet status' } : {},
    )
    return { kind: 'failed', error }
  } finally {
    over.abort()
  }
}
