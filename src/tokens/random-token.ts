import { randomInt } from 'node:crypto'
import type { BootstrapToken } from '../discovery/bootstrap-token.ts'

const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/**
 * A new bootstrap token: 6 and 16 characters, each equally likely.
 * @param draw - a whole number in [0, below), from the platform's cryptographic source; Node's randomInt rejects what would bias it.
 * Source for the form: cluster-bootstrap token/util/helpers.go, GenerateBootstrapToken.
 */
export function randomToken(draw: (below: number) => number = (below) => randomInt(below)): BootstrapToken {
  const characters = (length: number): string =>
    Array.from({ length }, () => CHARACTERS.charAt(draw(CHARACTERS.length))).join('')
  return { id: characters(6), secret: characters(16) }
}
