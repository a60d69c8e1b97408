import { ANOTHER_ADDRESS, type FaultKind, type Hit } from './faults.ts'
import { authorityOf } from './cluster/authorities.ts'
import { WRONG_KINDS } from './cluster/signer.ts'
import type { Random } from './random.ts'
import type { Doom } from './machine/process.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS

/** How many syncs a bootstrap with a serving credential takes, and some. */
const SYNCS = 24

/** A death right before a sync: what was renamed or written is there, and not safe yet. */
export const beforeASync = (random: Random): Doom => ({
  ...{ left: random.whole(0, SYNCS), by: random.chance(0.8) ? 'kill' : 'power cut' },
  ofSyncs: true,
})

const rotateBoth = async ({ node }: Hit): Promise<void> => {
  for (const purpose of ['client', 'serving'] as const) await node.rotate(purpose)
}

/**
 * Faults of moments that chance alone seldom meets: between a rename and its sync, between a key and its certificate, at a watch that
 * stays silent. Few of them make a life, so that what one leaves behind is not mended by the next.
 */
export const AIMED_FAULTS: readonly FaultKind[] = [
  ANOTHER_ADDRESS,
  {
    name: 'the daemon is killed before a sync',
    strike: async (hit) => {
      const { node, random } = hit
      if (!node.daemon) return
      node.daemon.doom = beforeASync(random)
      node.nextDoom = random.chance(0.5) ? beforeASync(random) : undefined
      await rotateBoth(hit)
    },
  },
  {
    name: 'the disk is cloned while a request is open',
    strike: async (hit) => {
      const { world, node, random, clone, after } = hit
      world.cluster.conduct.approves = false
      await rotateBoth(hit)
      after(random.spread(10 * SECOND_MS, 5 * MINUTE_MS), () => {
        clone(node)
      })
      after(random.spread(10 * MINUTE_MS, 30 * MINUTE_MS), () => {
        world.cluster.conduct.approves = true
        world.cluster.lookAnew(MINUTE_MS)
      })
    },
  },
  {
    name: 'all that is issued has one mistake',
    strike: async (hit) => {
      const { conduct } = hit.world.cluster
      Object.assign(conduct, { wrong: 1, wrongKinds: [hit.random.pick(WRONG_KINDS)] })
      hit.after(hit.lasts(DAY_MS), () => {
        conduct.wrong = 0
      })
      await rotateBoth(hit)
    },
  },
  {
    name: 'what is issued is not accepted',
    strike: async (hit) => {
      const { cluster } = hit.world
      const { acceptedCas } = cluster
      const other = authorityOf('kubernetes-others', hit.random.whole(1, 200))
      const before = cluster.clientCa
      if (before === other || !acceptedCas.includes(before)) return
      cluster.clientCa = other
      hit.after(hit.lasts(DAY_MS), () => {
        cluster.clientCa = before
      })
      await rotateBoth(hit)
    },
  },
  {
    name: 'the clock is ahead, within the life of a certificate',
    strike: async (hit) => {
      const { world, node, random, lasts, after } = hit
      node.machine.offsetMs += (0.9 + 0.07 * random.next()) * world.cluster.conduct.durationSeconds * SECOND_MS
      after(lasts(2 * DAY_MS), () => {
        node.machine.offsetMs = 0
      })
      await rotateBoth(hit)
    },
  },
  {
    name: 'all watches are silent',
    strike: async (hit) => {
      const { link } = hit.node.machine
      link.silentWatches = 1
      hit.after(hit.lasts(DAY_MS), () => {
        link.silentWatches = 0
      })
      await rotateBoth(hit)
    },
  },
]
