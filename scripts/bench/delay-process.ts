// Passes TCP connections on to a port of loopback, as over a long cable. Arguments: port, round trip in ms. Sends its own port.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { delayLine } from './delay-line.ts'

const [port = 0, roundTripMs = 0] = process.argv.slice(2).map(Number)
const clock = {
  now: () => performance.now(),
  later: (act: () => void, ms: number) => {
    // A timer of a whole millisecond may be early by a fraction of it.
    setTimeout(act, Math.ceil(ms))
  },
}

/** @param openAt - when bytes can first be sent. */
function pass(from: Socket, to: Socket, openAt: number): void {
  const line = delayLine<Buffer | 'end' | 'gone'>(
    (what) => {
      if (what === 'gone') to.destroy()
      else if (what === 'end') to.end()
      else to.write(what)
    },
    { delayMs: roundTripMs / 2, openAt, clock },
  )
  from.setNoDelay()
  from.on('error', () => undefined)
  from.on('data', line)
  from.on('end', () => {
    line('end')
  })
  from.on('close', () => {
    line('gone')
  })
}

const server = createServer({ allowHalfOpen: true }, (client) => {
  // The kernel has taken the connection at once; over a cable that is a round trip.
  const openAt = clock.now() + roundTripMs
  const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  pass(client, upstream, openAt)
  pass(upstream, client, 0)
})
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port)
})
process.on('disconnect', () => process.exit(0))
