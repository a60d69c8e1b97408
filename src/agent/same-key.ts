import { createPublicKey } from 'node:crypto'

/** Whether two private keys are one. What does not parse is nobody's. */
export function sameKey(pem: string, other: string): boolean {
  try {
    return createPublicKey(pem).equals(createPublicKey(other))
  } catch {
    return false
  }
}
