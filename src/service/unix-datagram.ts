/** Values of Linux's ABI. Source: socket(2), unix(7); the same on x86-64 and arm64. */
const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const SOCK_NONBLOCK = 0o4000

/** Longest path of a socket, bytes. Source: unix(7), sun_path. */
const LONGEST_PATH = 107

/**
 * A descriptor connected to a Unix datagram socket, for `fs.writeSync`: Node itself has streams only.
 * @param address - a path, or `@name` for one in the abstract name space.
 * @returns undefined where Node has no `node:ffi` (before 26, or denied by --permission), or nobody listens there.
 */
export async function connectDatagram(address: string, pid: number): Promise<number | undefined> {
  if (Buffer.byteLength(address) > LONGEST_PATH) return undefined
  try {
    const { dlopen } = await import('node:ffi')
    const { functions: libc } = dlopen(null, {
      getpid: { arguments: [], return: 'int32' },
      socket: { arguments: ['int32', 'int32', 'int32'], return: 'int32' },
      connect: { arguments: ['int32', 'buffer', 'uint32'], return: 'int32' },
      close: { arguments: ['int32'], return: 'int32' },
    })
    // Still experimental: a Node that reads the definitions in another way must not be let loose on sockets.
    if (libc.getpid() !== pid) return undefined
    const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
    if (descriptor < 0) return undefined
    const target = socketAddress(address)
    if (libc.connect(descriptor, target, target.length) === 0) return descriptor
    libc.close(descriptor)
    return undefined
  } catch {
    return undefined
  }
}

/** A sockaddr_un of exactly the address's length, which is what an abstract name needs. */
function socketAddress(address: string): Buffer {
  const family = Buffer.from(new Uint16Array([AF_UNIX]).buffer)
  const isAbstract = address.startsWith('@')
  const path = Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`)
  return Buffer.concat([family, path])
}
