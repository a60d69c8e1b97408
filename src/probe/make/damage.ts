import type { Damage } from '../request-description.ts'
import { octetsOf } from './hex.ts'

/**
 * The octets with each damage done to them in turn.
 * @throws RangeError for an offset that lies outside.
 */
export function damaged(der: Uint8Array, damages: readonly Damage[]): Buffer {
  return damages.reduce<Buffer>(damage, Buffer.from(der))
}

function damage(der: Buffer, how: Damage): Buffer {
  if ('append' in how) return Buffer.concat([der, octetsOf(how.append)])
  if ('cut' in how) return der.subarray(0, Math.max(0, der.length - how.cut))
  const written = octetsOf('set' in how ? how.set : how.flip)
  const at = how.at < 0 ? der.length + how.at : how.at
  if (at < 0 || at + written.length > der.length) {
    throw new RangeError(`${written.length} octets at ${how.at} lie outside of a request of ${der.length}`)
  }
  const changed = Buffer.from(der)
  written.forEach((octet, i) => (changed[at + i] = 'set' in how ? octet : (changed[at + i] ?? 0) ^ octet))
  return changed
}
