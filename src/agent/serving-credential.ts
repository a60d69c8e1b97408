import { retrying } from '../backoff.ts'
import type { Connection } from '../kube/connection.ts'
import { nodeAddresses } from '../kube/nodes.ts'
import type { Usable } from './judge.ts'
import { namesAreGiven, wantedNames } from './serving-names.ts'
import { isUnfinished, lookAtServing, requestServing, tidyUpServing } from './serving-steps.ts'
import type { ServingSettings } from './settings.ts'
import type { Task } from './task.ts'

/** How the serving credential came to be in place. */
export interface ServingCredential {
  readonly how: 'kept' | 'issued'
  readonly credential: Usable
  readonly requestName?: string
}

/**
 * Sees to it, once, that the node has a serving credential with its names in it.
 * @param connection - by the node's kubeconfig.
 * @throws CertletError NO_ADDRESS, and whatever `obtain` throws.
 */
export async function servingCredential(
  task: Task,
  { serving, connection }: { serving: ServingSettings; connection: Connection },
): Promise<ServingCredential> {
  const { settings, retry, wait } = task
  const addresses = namesAreGiven(serving)
    ? undefined
    : await retrying(() => nodeAddresses(connection, settings.identity.nodeName, wait.signal), retry, wait.signal)
  const names = wantedNames(settings, serving, addresses)
  // A request from before a restart may have been for other names; then the one after it has ours.
  for (let requested: Awaited<ReturnType<typeof requestServing>> | undefined; ;) {
    const current = lookAtServing(task, names)
    if (current.kind === 'usable') {
      if (isUnfinished(task)) tidyUpServing(task, current) // a run ended between the switch and the end of it all
      const { requestName } = requested ?? {}
      return requestName === undefined
        ? { how: 'kept', credential: current }
        : { how: 'issued', credential: current, requestName }
    }
    const because = current.kind === 'absent' ? 'this node has no serving credential yet' : current.why
    requested = await requestServing(task, { connection, names, because })
    tidyUpServing(task, requested.credential)
  }
}
