import type { RetryPolicy } from '../backoff.ts'
import type { Purpose } from '../csr/constants.ts'
import { lockFolder } from '../store/folder-lock.ts'
import { openKeyBindings } from '../store/key-bindings.ts'
import { makeDirectory } from '../store/replace-file.ts'
import { watchFile } from '../store/watch-file.ts'
import { createBell } from './bell.ts'
import { clientLoop } from './client-loop.ts'
import type { AgentContext } from './context.ts'
import { discardDrafts } from './discard-drafts.ts'
import { createKeeper, type Keeper, type RotationOutcome } from './keeper.ts'
import type { LoopParts } from './loop-parts.ts'
import { type NodeView, watchNode } from './node-watch.ts'
import { ownConnection } from './own-connection.ts'
import { heartbeat } from './heartbeat.ts'
import type { AgentObserver, AgentReport } from './report.ts'
import { createReporter, type Reporter } from './reporter.ts'
import { namesAreGiven } from './serving-names.ts'
import { serveForEver } from './serving-loop.ts'
import { filesGiven, type RunSettings, type ServingSettings } from './settings.ts'
import { whyOf } from './why.ts'

/** A daemon at work. */
export interface RunningAgent {
  report(): AgentReport
  /** Rotates now. Resolves with the outcome of each; what time may mend is tried again until then. */
  rotate(purpose: Purpose): Promise<RotationOutcome>
  /** Resolves when the context's signal has ended it; rejects with a defect. */
  readonly ended: Promise<void>
}

/**
 * Starts to keep both credentials of the node alive, each in a loop of its own, until the context's signal aborts. What is wrong with
 * credentials, the API server or the bootstrap kubeconfig is no error, but waited for and said.
 * @throws CertletError LOCKED if another certlet works on the folder, a DISK_ code if there can be no such folder.
 */
export async function startAgent(
  settings: RunSettings,
  given: AgentContext,
  observers: readonly AgentObserver[],
): Promise<RunningAgent> {
  const { log, clock } = given
  makeDirectory(settings.certDir, 0o700)
  const lock = await lockFolder(settings.certDir)
  discardDrafts(settings, log)
  const purposes: Purpose[] = settings.serving ? ['client', 'serving'] : ['client']
  const reporter = createReporter({ nodeName: settings.identity.nodeName, purposes, observers, log, clock })
  // One loop that ends by a defect ends all of them, as the process's signal does.
  const ending = new AbortController()
  const end = (): void => {
    ending.abort(given.signal.reason)
  }
  given.signal.addEventListener('abort', end, { once: true })
  if (given.signal.aborted) end()
  const stop = ending.signal
  const context: AgentContext = {
    ...given,
    signal: stop,
    happened: (event) => {
      reporter.happened(event)
      given.happened(event)
    },
  }
  const keepers = { client: createKeeper('client', stop), serving: createKeeper('serving', stop) }
  const nodeBell = createBell(stop)
  const bindings = openKeyBindings({ ...context, directory: settings.certDir })
  const own = ownConnection(settings.kubeconfigPath, {
    connect: context.connect,
    retry: retryPolicy('client', context, reporter),
  })
  const partsOf = (keeper: Keeper): LoopParts => ({
    ...{ settings, context, keeper, reporter, bindings, own },
    retry: retryPolicy(keeper.purpose, context, reporter),
  })
  const client = clientLoop(partsOf(keepers.client), () => {
    keepers.serving.bell.ring()
    nodeBell.ring()
  })
  const ringAll = (): void => {
    for (const { bell } of [keepers.client, keepers.serving]) bell.ring()
  }
  const watches = filesGiven(settings).map((path) =>
    watchFile(path, () => {
      keepers.client.bell.ring()
    }),
  )

  const work = [
    client.run(),
    heartbeat(context, reporter, { files: filesGiven(settings), lookAnew: ringAll }),
    ...servingWork(settings.serving),
  ]
  function servingWork(serving: ServingSettings | undefined): Promise<never>[] {
    if (!serving) return []
    const { nodeName } = settings.identity
    let view: NodeView = namesAreGiven(serving) ? { kind: 'known', addresses: undefined } : { kind: 'unknown' }
    const loop = serveForEver(partsOf(keepers.serving), { serving, client, node: () => view })
    if (view.kind === 'known') return [loop]
    const parts = {
      nodeName,
      own,
      bell: nodeBell,
      context,
      mayAsk: () => client.accepted,
      onUnauthorized: () => {
        client.doubt()
      },
    }
    const watch = watchNode(parts, (seen) => {
      view = seen
      keepers.serving.bell.ring()
    })
    return [loop, watch]
  }

  const ended = (async () => {
    try {
      await Promise.race(work)
    } catch (error) {
      if (!stop.aborted) {
        ending.abort(error)
        throw error
      }
    } finally {
      await Promise.allSettled(work)
      for (const watch of watches) watch[Symbol.dispose]()
      own[Symbol.dispose]()
      lock.release()
    }
  })()
  return { report: () => reporter.report(), rotate: (purpose) => keepers[purpose].rotate(), ended }
}

/** Says each problem once, and goes on. */
function retryPolicy(purpose: Purpose, { clock, random, happened }: AgentContext, reporter: Reporter): RetryPolicy {
  return {
    clock,
    random,
    onProblem: (problem) => {
      happened({ kind: 'attempt-failed', purpose, code: problem.code })
      reporter.update(purpose, { waiting: whyOf(problem) })
    },
  }
}
