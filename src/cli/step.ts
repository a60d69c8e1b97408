import { formatDuration } from '../duration.ts'
import type { Log } from '../log.ts'
import type { World } from './world.ts'

/**
 * Runs one step of a command that people watch: on a terminal with a spinner and the time it takes, else as a line of the log.
 * What is written meanwhile appears above the spinner.
 */
export async function step<T>(
  title: string,
  work: () => Promise<T>,
  { world, log, plain }: { readonly world: World; readonly log: Log; readonly plain: boolean },
): Promise<T> {
  const { terminal } = world.stderr
  if (plain || !terminal || !isLive(world)) {
    log.info(title)
    return work()
  }
  const { default: yoctoSpinner } = await import('yocto-spinner')
  const began = world.clock.now().getTime()
  const elapsed = (): string => `${title}  ${formatDuration(world.clock.now().getTime() - began)}`
  // Signals are the process's own business: certlet ends what it does, and tells.
  const spinner = yoctoSpinner({ text: title, stream: terminal, handleSignals: false }).start()
  const second = setInterval(() => {
    spinner.text = elapsed()
  }, 1000)
  try {
    const result = await work()
    spinner.success(elapsed())
    return result
  } catch (error) {
    spinner.error(elapsed())
    throw error
  } finally {
    clearInterval(second)
  }
}

/** Whether standard error is a terminal on which things may move. */
export function isLive({ stderr, env }: World): boolean {
  return stderr.terminal !== undefined && env['TERM'] !== 'dumb' && env['CI'] === undefined
}
