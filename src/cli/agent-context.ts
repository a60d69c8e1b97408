import type { AgentContext } from '../agent/context.ts'
import { requestBudget } from '../budget.ts'
import { generateKeyPair } from '../identity/key-pair.ts'
import { machineIdentity } from '../identity/machine-id.ts'
import { connectWithin } from '../kube/connection.ts'
import type { EarlyConnections } from '../kube/early-agent.ts'
import type { Log } from '../log.ts'
import type { World } from './world.ts'

/**
 * What the agent gets of the process's world. Nobody is told of events unless the caller adds somebody.
 * @param nodeBinding - whether keys are bound to this machine.
 * @param early - connections that were opened before.
 */
export function agentContext(
  log: Log,
  world: World,
  { nodeBinding = true, early }: { nodeBinding?: boolean; early?: EarlyConnections } = {},
): AgentContext {
  const { clock, random, signal, uid } = world
  const machine = nodeBinding ? machineIdentity(world.machineId()) : undefined
  if (nodeBinding && machine === undefined) {
    log.debug('this machine has no /etc/machine-id, so that a copied disk would not be noticed')
  }
  const connect = connectWithin(requestBudget(clock), early)
  return { clock, random, log, signal, uid, machine, newKeyPair: generateKeyPair, connect, happened: () => undefined }
}
