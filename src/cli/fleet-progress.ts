import { latencyText } from './fleet-summary.ts'
import type { Playing } from '../fleet/play.ts'
import type { Log } from '../log.ts'
import { isLive } from './step.ts'
import type { World } from './world.ts'

/** Time between two lines of the log, and two looks on a terminal, ms. */
const LINE_MS = 5_000
const LOOK_MS = 200

/** From so many columns on the bar is long. */
const ROOMY = 100

/** What is told of a run while it lasts. */
export interface Progress extends Disposable {
  show(playing: Playing): void
}

/** On a terminal a bar that moves; else a line of the log now and then. */
export async function fleetProgress(world: World, log: Log): Promise<Progress> {
  return isLive(world) && world.stderr.terminal ? bar(world.stderr.terminal) : lines(log)
}

function lines(log: Log): Promise<Progress> {
  let timer: NodeJS.Timeout | undefined
  return Promise.resolve({
    show: (playing) => {
      log.info('the fleet begins', { nodes: playing.planned })
      timer = setInterval(() => {
        const { joined, of, errors, ...rest } = seen(playing)
        log.info('the fleet is under way', { joined: `${joined}/${of}`, ...rest, ...(errors !== '' && { errors }) })
      }, LINE_MS)
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
    },
  })
}

async function bar(stream: NodeJS.WriteStream): Promise<Progress> {
  const { default: progress } = await import('cli-progress')
  const shown = new progress.SingleBar({
    stream,
    fps: 10,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Signals are the process's own business.
    gracefulExit: false,
    linewrap: false,
    format: (_options, { progress: share, value, total }, payload: ReturnType<typeof seen>) => {
      const size = stream.columns < ROOMY ? 8 : 20
      const whole = Math.round(share * size)
      const drawn = '█'.repeat(whole) + '░'.repeat(size - whole)
      const { inFlight, rate, p50, p99, errors } = payload
      const trouble = errors === '' ? '' : `  ${errors}`
      const line = `${drawn} ${value}/${total} joined  ${inFlight} in flight  ${rate}/s  p50 ${p50}  p99 ${p99}${trouble}`
      return line.slice(0, Math.max(20, stream.columns - 1))
    },
  })
  let timer: NodeJS.Timeout | undefined
  return {
    show: (playing) => {
      shown.start(playing.planned, 0, seen(playing))
      timer = setInterval(() => {
        shown.update(playing.tally.counts.joined, seen(playing))
      }, LOOK_MS)
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
      shown.stop()
    },
  }
}

/** The figures of the moment. */
function seen({
  tally,
  planned,
  now,
}: Playing): Record<'joined' | 'of' | 'inFlight' | 'rate' | 'p50' | 'p99' | 'errors', string> {
  const { client, serving, rotation } = tally.latency
  const issued = client.count + serving.count + rotation.count
  const seconds = Math.max(0.001, now() / 1000)
  const errors = [...tally.errors.values()].map(({ code, attempts, failed }) => `${code} ${attempts + failed}`)
  return {
    joined: String(tally.counts.joined),
    of: String(planned),
    inFlight: String(tally.inFlight),
    rate: (issued / seconds).toFixed(issued / seconds < 10 ? 1 : 0),
    p50: latencyText(client.at(0.5)),
    p99: latencyText(client.at(0.99)),
    errors: errors.join(' '),
  }
}
