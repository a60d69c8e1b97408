import { createCluster } from './cluster/cluster.ts'
import { AIMED_FAULTS, beforeASync } from './aimed.ts'
import { FAULTS, type FaultKind, type Hit } from './faults.ts'
import { createDisk } from './machine/disk.ts'
import { EPOCH_MS } from './machine/machine.ts'
import { runAs } from './machine/process.ts'
import { createNode, installed, type Node } from './node.ts'
import { oversightOf } from './oversight.ts'
import { type Random, randomFrom } from './random.ts'
import { createTimeline } from './timeline.ts'
import type { Variant } from './variant.ts'
import { type Figures, noFigures, Violation, type World } from './world.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Lifetimes of certificates, and how long a cluster with such lives, ms. */
const SPANS = [
  { certificateMs: HOUR_MS, lifeMs: 3 * HOUR_MS },
  { certificateMs: 8 * HOUR_MS, lifeMs: DAY_MS },
  { certificateMs: DAY_MS, lifeMs: 3 * DAY_MS },
  { certificateMs: 90 * DAY_MS, lifeMs: 300 * DAY_MS },
  { certificateMs: 365 * DAY_MS, lifeMs: 3 * 365 * DAY_MS },
  { certificateMs: 365 * DAY_MS, lifeMs: 4 * 365 * DAY_MS },
  { certificateMs: 365 * DAY_MS, lifeMs: 5 * 365 * DAY_MS },
] as const

/** How long nothing has to change before time leaps, and the least that is leaped over, ms. */
const CALM_MS = 5 * MINUTE_MS
const LEAST_LEAP_MS = 10 * MINUTE_MS

/** How long after the last fault all has to be well: a request that was denied lies there until the cleaner comes by. */
const PATIENCE_MS = 6 * HOUR_MS

const MOST_NODES = 5

export interface LifeOptions {
  readonly seed: number
  readonly variant: Variant
  readonly oracle: Variant
  /** Whether quiet times are leaped over. */
  readonly leaps: boolean
  /** Whether more goes wrong than in other lives. */
  readonly stormy?: boolean
  /** Whether what goes wrong is aimed at moments that chance seldom meets. */
  readonly aimed?: boolean
  /** Gets what happens, a line each. */
  readonly write?: ((line: string) => void) | undefined
}

export interface LifeResult {
  readonly figures: Figures
  readonly violation: Violation | undefined
}

/** How many faults a life has. */
function howMany({ aimed, stormy }: LifeOptions, random: Random): number {
  if (aimed === true) return random.whole(1, 6)
  return stormy === true ? random.whole(30, 60) : random.whole(0, 16)
}

/** Lives one life: a cluster, its nodes and what befalls them, all of it from the seed. */
export async function live(options: LifeOptions): Promise<LifeResult> {
  const { seed, variant, oracle, write } = options
  const timeline = createTimeline()
  const random = randomFrom(`seed ${seed}`)
  const span = random.pick(SPANS)
  const figures = noFigures()
  const found: { violation: Violation | undefined } = { violation: undefined }
  const trace = (who: string, what: string): void => {
    write?.(`${new Date(EPOCH_MS + timeline.now).toISOString()} ${who} ${what}`)
  }
  const world: World = {
    ...{ seed, timeline, random, variant, oracle, figures, trace, nodes: [], nextKey: 0, troubledAt: 0, leapedAt: 0 },
    quiet: write === undefined,
    cluster: createCluster(timeline, random.fork('cluster'), span.certificateMs / 1000),
    violated: (invariant, what) => {
      found.violation ??= new Violation(invariant, what, timeline.now)
      trace('VIOLATION', `${invariant}: ${what}`)
    },
    told: (_node, event) => {
      if (event.kind === 'rotated') figures.rotations++
    },
  }
  const oversight = oversightOf(world)
  world.cluster.onChange(({ object }) => {
    const node =
      object?.conditions.length === 0 && !object.revived && world.nodes.find((one) => one.machine.name === object.from)
    if (node && object.createdAt === world.cluster.wall()) oversight.requested(node, object)
  })

  const serving = random.chance(0.5)
  const addNode = (name: string, nodeName: string, disk = installed(createDisk())): Node => {
    const node = createNode(world, { name, nodeName, disk, serving }, oversight)
    world.nodes.push(node)
    return node
  }
  const machines = random.pick([1, 1, 2, 3])
  for (let index = 1; index <= machines; index++) {
    const node = addNode(`m${index}`, `node-${index}`)
    node.giveToken(DAY_MS)
    if (options.aimed === true) node.nextDoom = beforeASync(random)
    if (random.chance(0.2)) node.bootstrapByHand()
    node.boot(random.spread(1, MINUTE_MS))
  }

  const clone = (node: Node): void => {
    if (world.nodes.length >= MOST_NODES) return
    const name = `m${world.nodes.length + 1}`
    const copy = addNode(
      name,
      random.chance(0.7) ? `node-${world.nodes.length + 1}` : node.nodeName,
      node.machine.disk.copy(),
    )
    if (random.chance(0.7)) copy.giveToken(DAY_MS)
    copy.boot(random.spread(SECOND_MS, MINUTE_MS))
  }

  const mends = new Set<() => void | Promise<void>>()
  const strike = async (kind: FaultKind): Promise<void> => {
    const node = random.pick(world.nodes)
    trace(node.machine.name, `FAULT: ${kind.name}`)
    figures.faults++
    figures.byFault[kind.name] = (figures.byFault[kind.name] ?? 0) + 1
    const troubled = (): void => {
      world.troubledAt = timeline.now
      node.fairSince = timeline.now
      timeline.changed()
    }
    troubled()
    const hit: Hit = {
      ...{ world, node, random, clone },
      lasts: (most = Infinity) => random.spread(SECOND_MS, Math.min(most, span.certificateMs / 3)),
      after: (ms, mend) => {
        mends.add(mend)
        timeline.after(ms, undefined, async () => {
          if (!mends.delete(mend)) return
          await mend()
          troubled()
        })
      },
    }
    await kind.strike(hit)
    if (random.chance(0.5)) timeline.after(random.spread(MINUTE_MS, 20 * DAY_MS), undefined, bringTokens)
  }
  /** An operator sees to the nodes that say they need a token. */
  const bringTokens = (): void => {
    for (const node of world.nodes) {
      if (node.report()?.client.waiting !== undefined) node.giveToken(DAY_MS)
    }
  }

  // Not everything goes wrong in every life: what is rare together would never be seen otherwise.
  const kinds = options.aimed === true ? AIMED_FAULTS : FAULTS.filter(() => random.chance(0.4))
  const count = howMany(options, random)
  for (let left = kinds.length > 0 ? count : 0; left > 0; left--) {
    timeline.after(random.next() * span.lifeMs, undefined, () => strike(random.pick(kinds)))
  }

  // What strikes last meets no leap, which for a node is a sleep, after which it looks at everything anew.
  if (options.aimed === true && random.chance(0.5)) {
    const lastMs = span.lifeMs - random.spread(SECOND_MS, 3 * MINUTE_MS)
    timeline.after(lastMs, undefined, () => strike(random.pick(kinds)))
  }

  const step = async (limit: number): Promise<boolean> => {
    const entry = timeline.take(limit)
    if (!entry) return false
    figures.steps++
    if (mends.size > 0) world.troubledAt = timeline.now
    if (entry.owner) await runAs(entry.owner, entry.act)
    else await entry.act()
    oversight.afterStep()
    return true
  }

  const sound = (): boolean => found.violation === undefined

  /** The next moment at which a node has something to do of its own accord. */
  const nextDeadline = (): number => {
    let next = Infinity
    for (const node of world.nodes) {
      const { machine } = node
      const said = node.report()
      for (const one of [said?.client, said?.serving]) {
        if (!one?.certificate) continue
        for (const at of [one.certificate.notBefore, one.certificate.rotateAt, one.certificate.notAfter]) {
          const inMs = at.getTime() - machine.wall()
          if (inMs > 0) next = Math.min(next, timeline.now + inMs + 1)
        }
      }
    }
    return next
  }

  const leap = (limit: number): void => {
    if (!options.leaps || timeline.now - timeline.changedAt < CALM_MS) return
    const to = Math.min(limit, timeline.nextOfWorld(), nextDeadline())
    if (to - timeline.now < LEAST_LEAP_MS) return
    figures.leaps++
    trace('time', `leaps to ${new Date(EPOCH_MS + to).toISOString()}`)
    timeline.now = to
    world.leapedAt = to
    timeline.changed()
  }

  while (sound() && timeline.now < span.lifeMs) {
    leap(span.lifeMs)
    if (!(await step(span.lifeMs))) timeline.now = span.lifeMs
  }

  // All faults are over. From here on, all has to come right.
  if (sound()) {
    trace('world', 'all faults are over')
    for (const mend of [...mends]) await mend()
    mends.clear()
    world.cluster.lookAnew(1000 * SECOND_MS)
    for (const node of world.nodes) {
      Object.assign(node.machine, { fault: undefined, slowMs: 0, offsetMs: 0, drift: 0, watchable: true })
      for (const process of [...node.machine.processes]) {
        process.doom = undefined
        if (process.kind !== 'daemon') node.machine.kill(process, 'the end')
      }
      node.boot(SECOND_MS)
    }
    const visit = (): void => {
      for (const node of world.nodes) if (node.report()?.client.ready !== true) node.giveToken(DAY_MS)
      timeline.after(40 * MINUTE_MS, undefined, visit)
    }
    timeline.after(10 * MINUTE_MS, undefined, visit)
    const end = timeline.now + PATIENCE_MS
    const least = timeline.now + 11 * MINUTE_MS
    let wrong: string | undefined = 'nothing was looked at'
    while (sound() && wrong !== undefined && (await step(end))) {
      wrong = timeline.now < least ? wrong : oversight.stillWrong()
    }
    if (wrong !== undefined)
      world.violated('allComesRight', `${wrong}, ${PATIENCE_MS / HOUR_MS} h after the last fault`)
  }
  for (const { machine } of world.nodes) {
    figures.nodeMs += timeline.now
    for (const process of [...machine.processes]) machine.kill(process, 'the end')
  }
  return { figures, violation: found.violation }
}
