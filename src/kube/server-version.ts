import { VersionApi } from '@kubernetes/client-node'
import type { Connection } from './connection.ts'
import { understood } from './understood.ts'

/** The API server's minor version: 36 for v1.36.2; undefined where it says none. @throws what the connection throws. */
export async function minorVersion(connection: Connection, signal: AbortSignal): Promise<number | undefined> {
  const { minor } = await understood(connection, signal, () =>
    new VersionApi(connection.configuration).getCode(connection.withSignal(signal)),
  )
  const number = parseInt(minor, 10) // clouds append a plus
  return Number.isNaN(number) ? undefined : number
}
