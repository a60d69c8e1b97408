// What stands in the place of node:crypto in certlet's sources: the same, but remembered. The same few keys and certificates are read at
// every turn of every node; what is read of them follows from their bytes alone.
import * as crypto from 'node:crypto'

export * from 'node:crypto'

const MOST = 20_000

/** A pure function of some bytes, remembered. */
function remembered<T>(make: (input: Input) => T): (input: Input) => T {
  const known = new Map<string, { value: T } | { error: unknown }>()
  return (input) => {
    const key = keyOf(input)
    let found = known.get(key)
    if (!found) {
      if (known.size >= MOST) known.clear()
      try {
        found = { value: make(input) }
      } catch (error) {
        found = { error }
      }
      known.set(key, found)
    }
    if ('error' in found) throw found.error
    return found.value
  }
}

type Input = string | Uint8Array | crypto.PublicKeyInput | crypto.PrivateKeyInput

function keyOf(input: Input): string {
  if (typeof input === 'string') return input
  if (input instanceof Uint8Array) return Buffer.from(input.buffer, input.byteOffset, input.length).toString('latin1')
  const { key, format = '', type = '' } = input
  return `${format} ${type} ${keyOf(key as string | Uint8Array)}`
}

const publicKeys = new WeakMap<crypto.KeyObject, crypto.KeyObject>()
const readPublicKey = remembered((input) => withExports(crypto.createPublicKey(input as string)))

export function createPublicKey(input: Input | crypto.KeyObject): crypto.KeyObject {
  if (!(input instanceof crypto.KeyObject)) return readPublicKey(input)
  const known = publicKeys.get(input) ?? withExports(crypto.createPublicKey(input))
  publicKeys.set(input, known)
  return known
}

export const createPrivateKey = remembered((input) => withExports(crypto.createPrivateKey(input as string)))

/** Exporting a key costs more than anything else that is done with it. */
function withExports(key: crypto.KeyObject): crypto.KeyObject {
  const known = new Map<string, unknown>()
  const original = key.export.bind(key) as (options: unknown) => unknown
  const exported = (options: unknown): unknown => {
    const name = JSON.stringify(options)
    if (!known.has(name)) known.set(name, original(options))
    return known.get(name)
  }
  return Object.assign(key, { export: exported })
}

const certificate = remembered((input) => {
  const read = new crypto.X509Certificate(input as string)
  const known = new Map<crypto.KeyObject, boolean>()
  const original = read.checkPrivateKey.bind(read)
  const publicKey = withExports(read.publicKey)
  Object.defineProperties(read, {
    publicKey: { value: publicKey },
    checkPrivateKey: {
      value: (key: crypto.KeyObject) => {
        const before = known.get(key)
        if (before !== undefined) return before
        const matches = original(key)
        known.set(key, matches)
        return matches
      },
    },
  })
  return read
})

/** As node's class, for those who only make one and read it. */
export const X509Certificate = function (input: Input): crypto.X509Certificate {
  return certificate(input)
} as unknown as typeof crypto.X509Certificate

let drafts = 0

/** Names of drafts only: any that is not taken will do, and a replay wants the same ones. */
export const randomUUID = (): string => `00000000-0000-4000-8000-${(drafts++).toString(16).padStart(12, '0')}`
