import { join } from 'node:path'

/** Longest path of a socket, bytes. Source: unix(7), sun_path. */
export const LONGEST_PATH = 107

/** Where the daemon that works on a folder listens to its operators. */
export function socketPath(certDir: string): string {
  return join(certDir, 'certlet.sock')
}

/** Whether the system can name a socket so. */
export function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_PATH
}
