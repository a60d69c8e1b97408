import { createHash, createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { readOwnFile } from './read-file.ts'
import { replaceFile } from './replace-file.ts'

/** Which machine the keys of a folder were made on, so that a copied disk is noticed. */
export interface KeyBindings {
  /** Whether the key is known to be another machine's. One that nothing is known about (a kubelet's) is not. */
  madeElsewhere(privateKeyPem: string): boolean
  /** Notes that the key is this machine's; durable when it returns. Noting it again changes nothing. */
  bind(privateKeyPem: string): void
}

/** Name of the file. */
export const KEY_BINDINGS = 'certlet.machine'

/** How many keys are remembered: the pending, the current and the previous one of each purpose, and room for `--keep-pairs`. */
const MOST = 16

/**
 * Opens the bindings of a folder: a file with a line for each key, its fingerprint and the machine.
 * @param machine - see machineIdentity; undefined where the machine has no identity: then nothing is bound, and nothing is foreign.
 * @throws CertletError with a DISK_ code; so does every method.
 */
export function openKeyBindings({
  directory,
  uid,
  machine,
}: {
  directory: string
  uid: number
  machine: string | undefined
}): KeyBindings {
  const path = join(directory, KEY_BINDINGS)
  const read = (): Map<string, string> => {
    const lines = readOwnFile(path, uid)?.text.split('\n') ?? []
    return new Map(lines.map((line) => line.split(' ')).flatMap(([key, owner]) => (key && owner ? [[key, owner]] : [])))
  }
  return {
    madeElsewhere: (privateKeyPem) => {
      const key = fingerprint(privateKeyPem)
      const owner = key === undefined ? undefined : read().get(key)
      return machine !== undefined && owner !== undefined && owner !== machine
    },
    bind: (privateKeyPem) => {
      const key = fingerprint(privateKeyPem)
      if (machine === undefined || key === undefined) return
      const known = read()
      if (known.get(key) === machine) return
      known.delete(key) // to the end: the newest are kept
      known.set(key, machine)
      const lines = [...known].slice(-MOST).map(([one, owner]) => `${one} ${owner}\n`)
      replaceFile(path, lines.join(''), 0o600)
    },
  }
}

/** Digest of the public key; undefined for what is no key. */
function fingerprint(privateKeyPem: string): string | undefined {
  try {
    const spki = createPublicKey(privateKeyPem).export({ type: 'spki', format: 'der' })
    return `SHA256:${createHash('sha256').update(spki).digest('base64url')}`
  } catch {
    return undefined
  }
}
