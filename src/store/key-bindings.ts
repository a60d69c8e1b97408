import { createHash, createPublicKey } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CertletError } from '../errors.ts'
import { encodePem, pemBlocks } from '../pem.ts'
import { attempt } from './disk-error.ts'
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

/** How many keys of this machine, and how many of others, are remembered that are not in the folder: the newest of each. */
const MOST = 16

/** Files of the folder that may hold a key: pairs, and pending keys. Source: see credential-store.ts. */
const KEY_FILE = /\.(pem|key|key\.tmp)$/

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
      const { ours = [], others = [] } = Object.groupBy(known, ([, owner]) => (owner === machine ? 'ours' : 'others'))
      // However many new keys came to nothing: a copied key that is forgotten would be taken for one that nothing is known about.
      const lines = [...newest(others), ...newest(ours)].map(([one, owner]) => `${one} ${owner}\n`)
      replaceFile(path, lines.join(''), 0o600)
    },
  }

  /** The newest bindings, last, and those before them whose key is in the folder. */
  function newest(bindings: readonly Binding[]): Binding[] {
    if (bindings.length <= MOST) return [...bindings]
    const there = keysIn(directory, uid)
    return bindings.filter(([key], index) => index >= bindings.length - MOST || there.has(key))
  }
}

/** Fingerprint of a key, and the machine. */
type Binding = readonly [string, string]

/** Fingerprints of all keys in the files of a folder. */
function keysIn(directory: string, uid: number): Set<string> {
  const files = attempt('list', directory, () => readdirSync(directory, { withFileTypes: true }))
  const texts = files
    .filter((entry) => entry.isFile() && KEY_FILE.test(entry.name))
    .map(({ name }) => textOf(join(directory, name), uid))
  const keys = texts.flatMap(pemBlocks).filter(({ label }) => label.endsWith('PRIVATE KEY'))
  return new Set(keys.flatMap(({ label, der }) => fingerprint(encodePem(label, der)) ?? []))
}

/** What another user's file holds is no key that would be used. */
function textOf(path: string, uid: number): string {
  try {
    return readOwnFile(path, uid)?.text ?? ''
  } catch (error) {
    if (error instanceof CertletError && error.code === 'DISK_FOREIGN') return ''
    throw error
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
