import { CertletError } from '../errors.ts'

/** Where to listen: a TCP address, or a socket that systemd has opened. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly descriptor: number }

/** `FileDescriptorName=` of the socket unit that hands the listening socket over. */
export const SOCKET_NAME = 'metrics'

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, or `:PORT`, which means loopback: other machines are served only when a host is named.
 * `systemd` takes the socket that a socket unit hands over by the name `metrics`.
 * @param descriptors - inherited ones, by name.
 * @throws CertletError USAGE
 */
export function listenAddress(text: string, descriptors: ReadonlyMap<string, number>): ListenAddress {
  if (text === 'systemd') {
    const descriptor = descriptors.get(SOCKET_NAME)
    if (descriptor !== undefined) return { descriptor }
    throw new CertletError(
      'USAGE',
      `--metrics-address systemd: systemd has handed over no socket named "${SOCKET_NAME}"`,
      {
        hint: `start it by a socket unit with FileDescriptorName=${SOCKET_NAME}, or give HOST:PORT`,
      },
    )
  }
  const [, host = '', digits = ''] = /^(\[[\da-fA-F:.]+\]|[^:[\]\s]*):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === '' || port > 65_535) {
    throw new CertletError('USAGE', `--metrics-address "${text}" is not HOST:PORT`, {
      hint: 'for example 127.0.0.1:9105, [::1]:9105, or :9105 for loopback',
    })
  }
  return { host: host === '' ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''), port }
}
