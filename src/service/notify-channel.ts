import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { setTimeout as sleepMs } from 'node:timers/promises'
import { inheritedDescriptors } from './systemd-descriptors.ts'
import { connectDatagram } from './unix-datagram.ts'

/** A way to systemd's notification socket. */
export interface NotifyChannel {
  readonly by: 'descriptor' | 'ffi' | 'systemd-notify'
  /**
   * Sends assignments, one a line. Resolves when they are sent or lost: what systemd is told is never worth a failure.
   * @param important - to be tried for a second when systemd is slow.
   */
  send(message: string, important: boolean): Promise<void>
}

/** Name of the descriptor in a unit's `OpenFile=/run/systemd/notify:notify`. */
const DESCRIPTOR_NAME = 'notify'

/** How long systemd-notify may take, ms; usually 8. */
const TOOL_MS = 5_000

type Env = Readonly<Record<string, string | undefined>>

/**
 * The best way there is, undefined when systemd does not listen: a descriptor that the unit hands over; a socket of our own, by
 * node:ffi; the tool systemd-notify, for which the unit needs NotifyAccess=all.
 */
export async function openNotifyChannel(env: Env, pid: number): Promise<NotifyChannel | undefined> {
  const inherited = inheritedDescriptors(env, pid).get(DESCRIPTOR_NAME)
  if (inherited !== undefined) return descriptorChannel('descriptor', inherited)
  const socket = env['NOTIFY_SOCKET']
  // vsock: and the like lead out of a virtual machine; this process is not its init.
  if (socket === undefined || !/^[/@]/.test(socket)) return undefined
  const connected = await connectDatagram(socket, pid)
  return connected === undefined ? toolChannel(env) : descriptorChannel('ffi', connected)
}

function descriptorChannel(by: 'descriptor' | 'ffi', descriptor: number): NotifyChannel {
  return {
    by,
    send: async (message, important) => {
      for (let left = important ? 20 : 1; left > 0; left--) {
        try {
          writeSync(descriptor, message)
          return
        } catch (error) {
          // Its queue is full: the next ping or status comes anyway, but READY=1 comes once.
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
          await sleepMs(50)
        }
      }
    },
  }
}

/** One message after the other: STATUS= and READY=1 must not overtake each other. */
function toolChannel({ PATH = '/usr/bin:/bin', NOTIFY_SOCKET }: Env): NotifyChannel {
  let before = Promise.resolve()
  const run = (message: string): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn('systemd-notify', message.split('\n'), {
        env: { PATH, NOTIFY_SOCKET },
        stdio: 'ignore',
        timeout: TOOL_MS,
      })
      const end = (): void => {
        resolve()
      }
      child.once('error', end).once('close', end)
    })
  return { by: 'systemd-notify', send: (message) => (before = before.then(() => run(message))) }
}
