import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Whether this machine can receive datagrams on a Unix socket; Node cannot. */
export const canReceive = spawnSync('python3', ['--version']).status === 0

const SCRIPT = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1].replace('@', '\\0', 1) if sys.argv[1].startswith('@') else sys.argv[1])
print('"bound"', flush=True)
while True: print(json.dumps(receiver.recv(8192).decode()), flush=True)
`

/** What stands in for systemd's end of NOTIFY_SOCKET. */
export interface DatagramReceiver extends AsyncDisposable {
  /** The next datagram. */
  next(): Promise<string>
}

export async function receiveDatagrams(address: string): Promise<DatagramReceiver> {
  const child: ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } = spawn(
    'python3',
    ['-c', SCRIPT, address],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the receiver has ended')
    return JSON.parse(value) as string
  }
  await next()
  return {
    next,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.kill()
      await closed
    },
  }
}
