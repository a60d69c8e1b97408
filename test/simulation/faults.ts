import { authorityOf } from './cluster/authorities.ts'
import { WRONG_KINDS } from './cluster/signer.ts'
import type { Node } from './node.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Something that goes wrong, or that somebody does. */
export interface FaultKind {
  readonly name: string
  /** Does it. What lasts ends by itself after a while. */
  strike(hit: Hit): void | Promise<void>
}

export interface Hit {
  readonly world: World
  readonly node: Node
  readonly random: Random
  /** How long a thing lasts: from seconds to a good part of a certificate's life. */
  readonly lasts: (most?: number) => number
  /** Afterwards it is as before. What is mended before the time is not mended again. */
  readonly after: (ms: number, mend: () => void | Promise<void>) => void
  readonly clone: (node: Node) => void
}

/** How many system calls and messages a rotation takes, and some. */
const CALLS = 160

/** Asks for a rotation, so that what strikes now strikes in the midst of it. */
const inARotation = async ({ node, random }: Hit): Promise<void> => {
  await node.rotate(random.pick(['client', 'serving'] as const))
}

/** Where nothing else comes, no rotation brings the new address by the way. */
export const ANOTHER_ADDRESS: FaultKind = {
  name: 'the machine gets another address',
  strike: ({ node, random }) => {
    node.machine.address = `192.0.2.${random.whole(1, 250)}`
  },
}

export const FAULTS: readonly FaultKind[] = [
  {
    name: 'the daemon is killed',
    strike: ({ node }) => {
      for (const process of [...node.machine.processes]) node.machine.kill(process, 'kill')
    },
  },
  {
    name: 'the daemon is killed in a rotation',
    strike: async (hit) => {
      const { daemon } = hit.node
      if (!daemon) return
      daemon.doom = { left: hit.random.whole(0, CALLS), by: 'kill' }
      await inARotation(hit)
    },
  },
  {
    name: 'the power fails',
    strike: ({ node }) => {
      node.machine.powerCut()
    },
  },
  {
    name: 'the power fails in a rotation',
    strike: async (hit) => {
      const { daemon } = hit.node
      if (!daemon) return
      daemon.doom = { left: hit.random.whole(0, CALLS), by: 'power cut' }
      await inARotation(hit)
    },
  },
  {
    name: 'the next daemon is killed early',
    strike: ({ node, random, world, after }) => {
      for (const process of [...node.machine.processes]) node.machine.kill(process, 'kill')
      after(6 * SECOND_MS, () => {
        if (!node.daemon) return
        node.daemon.doom = { left: random.whole(0, CALLS), by: random.pick(['kill', 'power cut'] as const) }
        world.trace(node.daemon.name, 'is doomed')
      })
    },
  },
  ...(['ENOSPC', 'EROFS', 'EIO'] as const).map((code) => ({
    name: { ENOSPC: 'the disk is full', EROFS: 'the disk is read-only', EIO: 'the disk fails' }[code],
    strike: async (hit: Hit) => {
      const { machine } = hit.node
      machine.fault = { code, left: hit.random.whole(0, 40) }
      hit.after(hit.lasts(2 * DAY_MS), () => {
        machine.fault = undefined
      })
      if (hit.random.chance(0.6)) await inARotation(hit)
    },
  })),
  {
    name: 'the disk is slow',
    strike: async (hit) => {
      const { machine } = hit.node
      machine.slowMs = hit.random.spread(5, 2_000)
      hit.after(hit.lasts(HOUR_MS), () => {
        machine.slowMs = 0
      })
      if (hit.random.chance(0.6)) await inARotation(hit)
    },
  },
  {
    name: 'the clock is set wrong',
    strike: ({ node: { machine }, random, lasts, after }) => {
      machine.offsetMs += random.pick([1, -1]) * random.spread(SECOND_MS, 60 * DAY_MS)
      after(lasts(2 * DAY_MS), () => {
        machine.offsetMs = 0
      })
    },
  },
  {
    name: 'the clock drifts',
    strike: ({ node: { machine }, random, lasts, after, world }) => {
      const drift = random.pick([1, -1]) * random.spread(1e-6, 1e-3)
      machine.offsetMs -= drift * world.timeline.now
      machine.drift = drift
      after(lasts(20 * DAY_MS), () => {
        machine.offsetMs = 0
        machine.drift = 0
      })
    },
  },
  {
    name: 'the machine sleeps',
    strike: ({ node: { machine }, lasts, after, world }) => {
      const ms = lasts()
      machine.suspend(ms)
      after(ms, () => {
        machine.wake()
        world.trace(machine.name, 'wakes')
      })
    },
  },
  {
    name: 'the machine is cut off',
    strike: ({ node: { machine }, lasts, after }) => {
      machine.link.down = true
      after(lasts(), () => {
        machine.link.down = false
      })
    },
  },
  {
    name: 'requests and answers are lost',
    strike: async (hit) => {
      const { link } = hit.node.machine
      link.lostRequests = hit.random.spread(0.01, 0.5)
      link.lostAnswers = hit.random.spread(0.01, 0.7)
      hit.after(hit.lasts(2 * DAY_MS), () => {
        link.lostRequests = 0
        link.lostAnswers = 0
      })
      if (hit.random.chance(0.6)) await inARotation(hit)
    },
  },
  {
    name: 'watches are cut',
    strike: async (hit) => {
      const { link } = hit.node.machine
      link.cutWatches = hit.random.spread(0.1, 1)
      for (const cut of [...hit.world.cluster.watchers]) cut()
      hit.after(hit.lasts(2 * DAY_MS), () => {
        link.cutWatches = 0
      })
      await inARotation(hit)
    },
  },
  {
    name: 'watches are silent',
    strike: async (hit) => {
      const { link } = hit.node.machine
      link.silentWatches = hit.random.spread(0.1, 1)
      hit.after(hit.lasts(2 * DAY_MS), () => {
        link.silentWatches = 0
      })
      await inARotation(hit)
    },
  },
  {
    name: 'files are not watched',
    strike: async ({ node, lasts, after }) => {
      node.machine.watchable = false
      await node.restart(SECOND_MS)
      after(lasts(), () => {
        node.machine.watchable = true
      })
    },
  },
  {
    name: 'the API server is down',
    strike: ({ world: { cluster }, lasts, after }) => {
      cluster.conduct.down = true
      for (const cut of [...cluster.watchers]) cut()
      after(lasts(3 * DAY_MS), () => {
        cluster.conduct.down = false
        cluster.lookAnew(MINUTE_MS)
      })
    },
  },
  {
    name: 'the API server answers with errors',
    strike: ({ world: { cluster }, random, lasts, after }) => {
      cluster.conduct.errors = random.spread(0.05, 1)
      after(lasts(2 * DAY_MS), () => {
        cluster.conduct.errors = 0
      })
    },
  },
  {
    name: 'reads are stale',
    strike: async (hit) => {
      const { cluster } = hit.world
      cluster.conduct.staleMs = hit.random.spread(SECOND_MS, 5 * MINUTE_MS)
      hit.after(hit.lasts(HOUR_MS), () => {
        cluster.conduct.staleMs = 0
      })
      await inARotation(hit)
    },
  },
  {
    name: 'the API server loses what came after a backup',
    strike: ({ world: { cluster }, lasts, after }) => {
      const backup = cluster.backup()
      after(lasts(2 * DAY_MS), () => {
        cluster.restore(backup)
      })
    },
  },
  {
    name: "the API server's own CA changes",
    strike: ({ world: { cluster }, random, after }) => {
      const next = authorityOf('kubernetes', random.whole(1, 200))
      cluster.published = [cluster.servingCa, next]
      after(3 * HOUR_MS, () => {
        cluster.servingCa = next
        after(HOUR_MS, () => {
          cluster.published = [next]
        })
      })
    },
  },
  {
    name: 'the CA of the clients changes',
    strike: ({ world: { cluster }, random, after }) => {
      const next = authorityOf('kubernetes-clients', random.whole(1, 200))
      cluster.acceptedCas = [cluster.clientCa, next]
      cluster.clientCa = next
      after(random.spread(MINUTE_MS, 30 * DAY_MS), () => {
        cluster.acceptedCas = [cluster.clientCa]
      })
    },
  },
  {
    name: 'the approver is away',
    strike: async (hit) => {
      const { cluster } = hit.world
      cluster.conduct.approves = false
      hit.after(hit.lasts(6 * DAY_MS), () => {
        cluster.conduct.approves = true
        cluster.lookAnew(1000 * SECOND_MS)
      })
      await inARotation(hit)
    },
  },
  {
    name: 'the signer is away',
    strike: async (hit) => {
      const { cluster } = hit.world
      cluster.conduct.signs = false
      hit.after(hit.lasts(3 * DAY_MS), () => {
        cluster.conduct.signs = true
        cluster.lookAnew(MINUTE_MS)
      })
      await inARotation(hit)
    },
  },
  {
    name: 'requests are denied',
    strike: async (hit) => {
      const { cluster } = hit.world
      cluster.conduct.denies = hit.random.spread(0.2, 1)
      hit.after(hit.lasts(DAY_MS), () => {
        cluster.conduct.denies = 0
      })
      await inARotation(hit)
    },
  },
  {
    name: 'what is issued is wrong',
    strike: async (hit) => {
      const { cluster } = hit.world
      cluster.conduct.wrong = hit.random.spread(0.3, 1)
      cluster.conduct.wrongKinds = hit.random.chance(0.5) ? WRONG_KINDS : [hit.random.pick(WRONG_KINDS)]
      hit.after(hit.lasts(DAY_MS), () => {
        cluster.conduct.wrong = 0
      })
      await inARotation(hit)
    },
  },
  {
    name: 'somebody deletes all requests',
    strike: async (hit) => {
      const { cluster } = hit.world
      await inARotation(hit)
      for (const ms of [0, 1, 2].map(() => hit.random.spread(10, 20 * SECOND_MS))) {
        hit.after(ms, () => {
          for (const name of [...cluster.requests.keys()]) cluster.remove(name)
        })
      }
    },
  },
  {
    name: 'all tokens expire',
    strike: ({ world: { cluster } }) => {
      for (const token of cluster.tokens.values()) token.expiresAt = Math.min(token.expiresAt, cluster.wall())
    },
  },
  {
    name: 'all tokens are deleted',
    strike: ({ world: { cluster } }) => {
      cluster.tokens.clear()
    },
  },
  {
    name: 'an operator brings a token',
    strike: ({ node, random }) => {
      node.giveToken(random.spread(MINUTE_MS, 30 * DAY_MS))
    },
  },
  {
    name: 'an operator rotates',
    strike: async (hit) => {
      await inARotation(hit)
      if (hit.random.chance(0.3)) await inARotation(hit)
    },
  },
  {
    name: 'the daemon is restarted in a rotation',
    strike: async (hit) => {
      await inARotation(hit)
      hit.after(hit.random.spread(1, 5 * SECOND_MS), () => hit.node.restart(hit.random.spread(10, MINUTE_MS)))
    },
  },
  {
    name: 'a second daemon is started',
    strike: ({ node, lasts }) => {
      node.secondDaemon(lasts(DAY_MS))
    },
  },
  {
    name: 'a second daemon takes the place of a killed one',
    strike: ({ node, lasts }) => {
      for (const process of [...node.machine.processes]) node.machine.kill(process, 'kill')
      node.secondDaemon(lasts(DAY_MS))
    },
  },
  {
    name: 'bootstrap is run by hand',
    strike: async ({ node, random, after }) => {
      if (random.chance(0.5)) node.giveToken(DAY_MS)
      if (random.chance(0.7)) await node.restart(random.spread(SECOND_MS, HOUR_MS))
      node.bootstrapByHand()
      after(random.spread(10, MINUTE_MS), () => {
        const process = node.machine.processes.find(({ kind }) => kind === 'bootstrap')
        if (process && random.chance(0.3)) node.machine.kill(process, 'kill')
      })
    },
  },
  ANOTHER_ADDRESS,
  {
    name: 'the disk is cloned',
    strike: ({ node, clone }) => {
      clone(node)
    },
  },
]
