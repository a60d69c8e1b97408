/** The format of test/recordings, as its README.md describes it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A request as it was recorded. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** Additions and replacements; `null` means that the header was not sent. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly body?: unknown
  readonly bodyEncoding?: 'base64'
  readonly bodyGenerated?: {
    readonly prefix: string
    readonly repeat: string
    readonly count: number
    readonly suffix: string
  }
}

export interface Step {
  readonly as: string
  readonly request: RecordedRequest
  readonly expectStatus?: number
  /** Names for values of the answer, by their paths. */
  readonly save?: Readonly<Record<string, string>>
  /** Of a step during a watch: how many events must have been seen before. */
  readonly afterEvents?: number
}

export interface RecordedResponse {
  readonly status?: number
  readonly headers: Readonly<Record<string, string | null>>
  readonly body?: unknown
  readonly bodyIsText?: boolean
  readonly bodyEncoding?: 'base64'
  readonly bodyOmitted?: object
  readonly bodyAsJson?: unknown
  readonly closedWithoutResponse?: boolean
}

export interface Recording {
  readonly file: string
  readonly name: string
  readonly group: string
  readonly as: string
  readonly setup?: readonly Step[]
  readonly waitAfterSetupSeconds?: number
  readonly request: RecordedRequest
  readonly requestNote?: string
  readonly during?: readonly Step[]
  readonly clientClosesAfterSeconds?: number
  readonly meanwhile?: string
  readonly serverFlags?: string
  readonly serverState?: string
  readonly response: RecordedResponse
  readonly mayCloseWithoutResponse?: boolean
  readonly cleanup?: readonly Step[]
  readonly volatile: readonly string[]
  readonly patterns?: Readonly<Record<string, string>>
  readonly unordered?: readonly string[]
  readonly optionalEvents?: readonly string[]
}

export interface Identity {
  readonly token?: string
  /** Paths within the folder of the recordings. */
  readonly clientCertificate?: string
  readonly clientKey?: string
}

/** A folder of recordings. */
export interface Recordings {
  readonly dir: string
  readonly http: readonly Recording[]
  readonly identities: Readonly<Record<string, Identity>>
  /** The objects that were on the server before each case, in the order of their creation. */
  readonly objects: readonly object[]
}

export function readRecordings(dir: string): Recordings {
  const json = (name: string): unknown => JSON.parse(readFileSync(join(dir, name), 'utf8'))
  const { base } = json('fixtures.json') as { base: { object: object }[] }
  const files = readdirSync(join(dir, 'http')).filter((name) => name.endsWith('.json'))
  return {
    dir,
    http: files.sort().map((file) => ({ ...(json(join('http', file)) as Recording), file })),
    identities: json('identities.json') as Recordings['identities'],
    objects: base.map(({ object }) => object),
  }
}
