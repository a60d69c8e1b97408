import { retrying } from '../backoff.ts'
import { EMULATIONS } from '../csr/constants.ts'
import type { NewSigningRequest, SigningRequestApi } from '../csr/signing-request.ts'
import { type KeyPair, parseKeyPair } from '../identity/key-pair.ts'
import { plannedRequest, type Wish } from './planned-request.ts'
import type { Task } from './task.ts'

/** A key and the request that it makes. */
export interface PendingRequest {
  readonly keyPair: KeyPair
  readonly planned: NewSigningRequest
  /** Whether the key was made just now, and not found. */
  readonly isNew: boolean
}

/** A new key, on disk as the pending one before anything is sent. */
export async function newPendingRequest(wish: Wish, { store, bindings, context }: Task): Promise<PendingRequest> {
  const keyPair = await context.newKeyPair(wish.settings.keyType)
  bindings.bind(keyPair.privateKeyPem) // first: a key that nothing is known about is taken for this machine's
  store.writePendingKey(keyPair.privateKeyPem)
  return { keyPair, planned: plannedRequest(wish, keyPair), isNew: true }
}

/**
 * The request of a run that did not come to its end, else a new one. A request that is on the server is gone on with even if what we
 * would ask for now differs (key type, usages): it can still be issued, and there shall be one at a time.
 */
export async function pendingRequest(wish: Wish, api: SigningRequestApi, task: Task): Promise<PendingRequest> {
  const { retry, wait, context, settings } = task
  const found = readPendingKey(task)
  if (!found) return newPendingRequest(wish, task)
  task.store.securePendingKey()
  const planned = plannedRequest(wish, found)
  const sent = async ({ name }: NewSigningRequest): Promise<boolean> =>
    (await retrying(() => api.read(name, wait.signal), retry, wait.signal)) !== undefined
  const sameType = found.type === settings.keyType
  const others = otherGenerations(wish, found, planned)
  for (const one of sameType ? others : [planned, ...others]) {
    if (await sent(one)) return { keyPair: found, planned: one, isNew: false }
  }
  if (!sameType) {
    context.log.info('the pending key is of another type and its request is not there: making a new one', {
      found: found.type,
      wanted: settings.keyType,
    })
    return newPendingRequest(wish, task)
  }
  context.log.info('going on with the pending key of an earlier run', { purpose: wish.purpose })
  return { keyPair: found, planned, isNew: false }
}

/** The pending key, if it can be read and is this machine's. */
function readPendingKey({ purpose, store, bindings, context }: Task): KeyPair | undefined {
  const pem = store.readPendingKey()
  if (pem === undefined) return undefined
  if (bindings.madeElsewhere(pem)) {
    context.log.warn('the pending key was made on another machine: making a new one', { purpose })
    return undefined
  }
  try {
    return parseKeyPair(pem)
  } catch {
    context.log.warn('the pending key cannot be read: making a new one', { purpose })
    return undefined
  }
}

/** What the same key would have asked for under another `--emulate`: the usages, and with them the name, differ. */
function otherGenerations(wish: Wish, keyPair: KeyPair, now: NewSigningRequest): NewSigningRequest[] {
  const all = EMULATIONS.map((emulation) =>
    plannedRequest({ ...wish, settings: { ...wish.settings, emulation } }, keyPair),
  )
  return all.filter(({ name }, index) => name !== now.name && all.findIndex((one) => one.name === name) === index)
}
