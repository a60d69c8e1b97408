import { backoffMs } from '../backoff.ts'
import { CertletError } from '../errors.ts'
import type { NodeAddress } from '../identity/subject-alt-names.ts'
import { nodeAddressChanges } from '../kube/nodes.ts'
import type { Bell } from './bell.ts'
import type { AgentContext } from './context.ts'
import { pause } from './keeper.ts'
import type { OwnConnection } from './own-connection.ts'

/** What is known of the addresses in the Node object; `known` with undefined: there is no such object, or it may not be read. */
export type NodeView =
  { readonly kind: 'unknown' } | { readonly kind: 'known'; readonly addresses: readonly NodeAddress[] | undefined }

/** A credential that may not read its Node today is seldom given that right, ms. */
const FORBIDDEN_MS = 10 * 60_000

/** A look again for a client credential, ms; the bell rings sooner. */
const IDLE_MS = 60_000

/**
 * Follows the Node object for ever.
 * @param parts.bell - ends what is under way: the connection is another one now.
 * @param parts.mayAsk - whether there is a client credential to ask with.
 * @param parts.onUnauthorized - that credential was not accepted.
 * @param see - told of the addresses at first and after each change.
 */
export async function watchNode(
  {
    nodeName,
    own,
    bell,
    context: { clock, random, signal: stop },
    mayAsk,
    onUnauthorized,
  }: {
    nodeName: string
    own: OwnConnection
    bell: Bell
    context: AgentContext
    mayAsk: () => boolean
    onUnauthorized: () => void
  },
  see: (view: NodeView) => void,
): Promise<never> {
  let told = ''
  /** A kubelet writes its Node every few minutes, with the same addresses: that is no news. */
  const tell = (view: NodeView): void => {
    const text = JSON.stringify(view)
    if (text === told) return
    told = text
    see(view)
  }
  for (let failures = 0; ;) {
    const signal = bell.turn()
    stop.throwIfAborted()
    if (!mayAsk()) {
      await pause(clock.sleep(IDLE_MS, signal), signal)
      continue
    }
    try {
      for await (const addresses of nodeAddressChanges(own.get(), nodeName, signal)) {
        failures = 0
        tell({ kind: 'known', addresses })
      }
    } catch (error) {
      stop.throwIfAborted()
      if (signal.aborted) continue
      if (!(error instanceof CertletError)) throw error
      if (error.code === 'UNAUTHORIZED') onUnauthorized()
      const forbidden = error.code === 'FORBIDDEN' || error.code === 'API_NOT_FOUND'
      if (forbidden) tell({ kind: 'known', addresses: undefined })
      await pause(clock.sleep(forbidden ? FORBIDDEN_MS : backoffMs(++failures, random()), signal), signal)
    }
  }
}
