/** What a recorded server was started with, what had happened to it, and what else it had to do: the same for a lab. */
import { once } from 'node:events'
import type { LabOptions } from '../../../src/lab/index.ts'
import type { Client } from './client.ts'
import type { Recording } from './recording.ts'

const COLLECTION = '/apis/certificates.k8s.io/v1/certificatesigningrequests'

/** @throws Error for flags and states that this runner does not know. */
export function optionsOf({ name, serverFlags = '', serverState, meanwhile = '' }: Recording): LabOptions {
  if (serverState !== undefined && !serverState.startsWith('the store (etcd) is stopped'))
    throw new Error(`${name}: a state that this runner cannot bring about: ${serverState}`)
  return {
    ...serverFlags.split(' ').reduce<LabOptions>((all, flag) => ({ ...all, ...optionOf(flag, name) }), {}),
    faults: [
      ...(serverState === undefined ? [] : [{ fault: 'no-store' } as const]),
      // The real one is held up for three seconds by a resourceVersion that is never reached.
      ...(meanwhile.startsWith('a GET')
        ? [{ fault: 'slow', delay: '1m', verb: 'list', user: 'system:bootstrap:*', count: 1 } as const]
        : []),
    ],
  }
}

function optionOf(flag: string, name: string): LabOptions {
  const [key = '', value = ''] = flag.split(/=(.*)/s)
  switch (key) {
    case '':
    case '--enable-priority-and-fairness': // the lab has none
    case '--runtime-config': // goes with the feature gate
      return {}
    case '--anonymous-auth':
      return { anonymousAuth: value === 'true' }
    case '--max-requests-inflight':
      return { maxRequestsInflight: Number(value) }
    case '--max-mutating-requests-inflight':
      return { maxMutatingRequestsInflight: Number(value) }
    case '--feature-gates': {
      const on = value.split(',').filter((gate) => gate.endsWith('=true'))
      return { featureGates: on.map((gate) => gate.replace('=true', '')) as NonNullable<LabOptions['featureGates']> }
    }
    default:
      throw new Error(`${name}: a flag that this runner does not know: ${flag}`)
  }
}

/** Begins what the server has to do besides; resolves once it is at it. Ends with the client. */
export async function occupy({ meanwhile }: Recording, client: Client): Promise<void> {
  if (meanwhile === undefined) return
  if (meanwhile.startsWith('a POST')) {
    const endless = client.begin('bootstrap', { method: 'POST', path: COLLECTION, body: ' ' })
    await once(endless, 'continue')
    return
  }
  if (!meanwhile.startsWith('a GET')) throw new Error(`this runner cannot do: ${meanwhile}`)
  client.begin('bootstrap', { method: 'GET', path: COLLECTION, query: { resourceVersion: '999999999' } }).end()
  // It is at work on that once there is no room for another.
  while ((await client.send('node1', { method: 'GET', path: COLLECTION })).response.statusCode !== 429);
}
