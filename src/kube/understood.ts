import { CertletError } from '../errors.ts'
import type { Connection } from './connection.ts'

/**
 * Asks and reads the answer. The client's models are a promise that only a sound server keeps: what falls over an answer of another shape
 * (JSON all the same) is the server's fault, not a defect here.
 * @throws CertletError API_UNEXPECTED for that; whatever the connection throws.
 */
export async function understood<T>(connection: Connection, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CertletError) throw error
    const server = new URL(connection.server).origin
    throw new CertletError('API_UNEXPECTED', `The answer of ${server} is not what it was asked for`, { cause: error })
  }
}
