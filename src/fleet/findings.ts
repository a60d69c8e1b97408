import { decodedLatencies } from './latencies.ts'
import type { RunRecord } from './run-record.ts'

/** Something that whoever reads the figures of a run has to know. */
export interface Finding {
  readonly kind:
    'client-bound' | 'machine-bound' | 'concurrency-bound' | 'stock-plateau' | 'failures' | 'partial' | 'left'
  readonly sentence: string
}

/** An event loop that is busy so much of the time has little more to give. */
const BUSY_LOOP = 0.85

/** A process of one thread that has at least so much of a core is slowed down by itself, not by others. */
const OWN_CORES = 0.7

type Client = RunRecord['clients'][number]

/** A stock kube-controller-manager signs so many a second: its client may make 20 requests a second, and needs two for each. */
const STOCK_RATE = { least: 8.5, most: 11 }
/** A plateau is told from chance by its length, s, and by how little it varies. */
const PLATEAU_SECONDS = 10
const MOST_VARIATION = 0.2
/** Only while so many wait is the rate the control plane's own. */
const LEAST_WAITING = 20

/** What the figures of a run say, and what they do not. Pure. */
export function findings(run: RunRecord): Finding[] {
  const found: Finding[] = []
  const add = (kind: Finding['kind'], sentence: string | undefined): void => {
    if (sentence !== undefined) found.push({ kind, sentence })
  }
  add('client-bound', clientBound(run))
  add('machine-bound', machineBound(run))
  add('stock-plateau', stockPlateau(run))
  add('concurrency-bound', concurrencyBound(run))
  add('failures', failures(run))
  add('partial', partial(run))
  add('left', left(run))
  return found
}

function clientBound({ clients }: RunRecord): string | undefined {
  const bound = clients.filter((client) => client.loop >= BUSY_LOOP && coresOf(client) >= OWN_CORES)
  const worst = busiest(bound)
  return (
    worst &&
    `${which(bound, clients)} the bottleneck (event loop ${percent(worst.loop)} busy): the rates and latencies are not the server’s; play the fleet in shards, or by --connections shared`
  )
}

/** A loop that is busy without having a processor waits for one. */
function machineBound({ clients }: RunRecord): string | undefined {
  const starved = clients.filter((client) => client.loop >= BUSY_LOOP && coresOf(client) < OWN_CORES)
  const worst = busiest(starved)
  return (
    worst &&
    `${which(starved, clients)} short of processor time (event loop ${percent(worst.loop)} busy with ${coresOf(worst).toFixed(2)} of a core): the machine does too much at once, and the rates and latencies are not the server’s alone`
  )
}

const coresOf = ({ cpuMs, wallMs }: Client): number => cpuMs / Math.max(1, wallMs)

const busiest = (clients: readonly Client[]): Client | undefined => clients.toSorted((a, b) => b.loop - a.loop)[0]

function which(some: readonly Client[], all: readonly Client[]): string {
  return all.length === 1 ? 'this client was' : `${some.length} of ${all.length} clients were`
}

/** The longest stretch of seconds in which many wait, and the certificates come at that rate, evenly. */
export function plateauSeconds(issued: readonly number[], waiting: readonly number[]): number {
  let longest = 0
  let windows = 0
  for (let from = 0; from + PLATEAU_SECONDS <= issued.length; from++) {
    const to = from + PLATEAU_SECONDS
    const many = waiting.slice(from, to).every((count) => count >= LEAST_WAITING)
    windows = many && isPlateau(issued.slice(from, to)) ? windows + 1 : 0
    if (windows > 0) longest = Math.max(longest, windows + PLATEAU_SECONDS - 1)
  }
  return longest
}

function isPlateau(rates: readonly number[]): boolean {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  if (mean < STOCK_RATE.least || mean > STOCK_RATE.most) return false
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
  return Math.sqrt(variance) / mean <= MOST_VARIATION
}

function stockPlateau({ seconds }: RunRecord): string | undefined {
  const length = plateauSeconds(seconds.issued, seconds.inFlight)
  if (length === 0) return undefined
  return `for ${length} s about 10 certificates a second came, whatever waited: that is the client limit of a stock kube-controller-manager (20 requests a second, two for each certificate), not of the API server; --kube-api-qps and --kube-api-burst raise it`
}

function concurrencyBound({ phases, settings }: RunRecord): string | undefined {
  const start = decodedLatencies(phases.start)
  if (start.count === 0 || start.at(0.5) < 250) return undefined
  return `half of the nodes began ${Math.round(start.at(0.5))} ms or more after they were meant to, because ${settings.concurrency} were at it already (--concurrency); latencies count that time`
}

function failures({ nodes, interrupted }: RunRecord): string | undefined {
  const missing = nodes.planned - nodes.started
  const gave = nodes.failed === 0 ? '' : `${nodes.failed} of ${nodes.started} nodes gave up`
  const never = interrupted && missing > 0 ? `${missing} nodes never began: the run was interrupted` : ''
  const sentence = [gave, never].filter((text) => text !== '').join('; ')
  return sentence === '' ? undefined : sentence
}

function partial({ shards, of }: RunRecord): string | undefined {
  if (shards.length === of) return undefined
  const missing = Array.from({ length: of }, (_, index) => index).filter((index) => !shards.includes(index))
  return `shards ${missing.join(', ')} of ${of} are missing`
}

function left({ left: { requests, selectors } }: RunRecord): string | undefined {
  if (requests === 0) return undefined
  const commands = selectors.map((selector) => `kubectl delete csr -l ${selector}`).join('; ')
  return `${requests} requests are left in the cluster, since the credential may not delete them: ${commands}`
}

const percent = (share: number): string => `${Math.round(share * 100)} %`
