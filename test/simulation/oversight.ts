import { isProof } from './cluster/api.ts'
import { bodyOf } from './cluster/signer.ts'
import * as invariants from './invariants.ts'
import type { Node, Watchers } from './node.ts'
import type { World } from './world.ts'

/** Holds every system call, every change of a disk, every request and every step to the invariants. */
export interface Oversight extends Watchers {
  afterStep(): void
  /** What is still wrong when all faults are over. */
  stillWrong(): string | undefined
}

/** A life that takes more goes on about something: sound ones take some thousands. */
const MOST_STEPS = 150_000

export function oversightOf(world: World): Oversight {
  const memories = new Map<Node, invariants.Memory>()
  const memoryOf = (node: Node): invariants.Memory => {
    const known = memories.get(node) ?? invariants.noMemory()
    memories.set(node, known)
    return known
  }
  /** Every node on whose machine something happens is in the world before it does. */
  const nodeOf = (machine: Node['machine']): Node | undefined => world.nodes.find((one) => one.machine === machine)

  const hold = (node: Node, name: string, fault: invariants.Fault): void => {
    if (fault !== undefined) world.violated(name, `${node.machine.name}: ${fault}`)
  }
  const look = new Set<Node>()
  let steps = 0
  let sameInstant = 0
  let instant = -1

  return {
    witness: {
      beforeCall: (process, call) => {
        if (call.need === 'nothing') return
        const node = nodeOf(process.machine)
        if (!node) return
        const memory = memoryOf(node)
        hold(node, 'onlyTheHolderWrites', invariants.onlyTheHolderWrites(world, process, call))
        hold(node, 'aTokenGoesAfterTheProof', invariants.aTokenGoesAfterTheProof(world, node, memory, call))
        hold(node, 'theOldPairStaysUntilTheProof', invariants.theOldPairStaysUntilTheProof(world, node, memory, call))
        hold(node, 'aPendingKeyGoesAfterItsPair', invariants.aPendingKeyGoesAfterItsPair(world, node, memory, call))
      },
      diskChanged: (machine, path) => {
        const node = nodeOf(machine)
        if (!node) return
        if (!path.endsWith('.draft')) world.timeline.changed() // drafts on a disk that is full come and go for days
        const memory = memoryOf(node)
        hold(node, 'aReaderFindsAPair', invariants.aReaderFindsAPair(world, node, memory))
        hold(node, 'aPairInUseIsSafe', invariants.aPairInUseIsSafe(world, node))
        hold(node, 'onlyTheRightCertificateIsUsed', invariants.onlyTheRightCertificateIsUsed(world, node, memory))
        hold(
          node,
          'aPairThatWorksIsReplacedByAProvenOne',
          invariants.aPairThatWorksIsReplacedByAProvenOne(world, node, memory),
        )
        hold(node, 'theKubeconfigIsWhole', invariants.theKubeconfigIsWhole(world, node, memory))
        hold(node, 'noKubeconfigWithoutAPair', invariants.noKubeconfigWithoutAPair(world, node))
        hold(node, 'keysAreTheirOwners', invariants.keysAreTheirOwners(world, node))
        look.add(node)
      },
      spins: (process) => {
        world.violated('timePasses', `${process.name} goes round without waiting for anything`)
      },
      died: (process, by) => {
        world.trace(process.name, `is over (${by})`)
        if (by === 'kill') world.figures.crashes++
        if (by === 'power cut') world.figures.powerCuts++
      },
    },
    tap: {
      arrived: (process, arrival) => {
        world.figures.calls++
        const node = nodeOf(process.machine)
        if (!node) return
        const memory = memoryOf(node)
        hold(node, 'noKeyOfAnotherMachine', invariants.noKeyOfAnotherMachine(world, node, arrival))
        hold(node, 'aKeyInUseIsSafe', invariants.aKeyInUseIsSafe(world, node, arrival))
        hold(
          node,
          'aRefusedCertificateIsGivenUp',
          invariants.aRefusedCertificateIsGivenUp(world, node, memory, arrival),
        )
        hold(node, 'aTokenIsUsedOnlyWhereItIsNeeded', invariants.aTokenIsUsedOnlyWhereItIsNeeded(world, node, arrival))
        hold(node, 'callsArePaced', invariants.callsArePaced(world, node, memory, arrival))
      },
      answered: (process, arrival, status) => {
        if (!world.quiet) world.trace(process.name, `${arrival.method} ${arrival.path} → ${status}`)
        const node = nodeOf(process.machine)
        if (!node || !isProof(arrival.path) || arrival.certificate === undefined) return
        const { proven, refused } = memoryOf(node)
        const body = bodyOf(arrival.certificate)
        if (status === 201) proven.add(body)
        if (status === 401 && !refused.has(body)) refused.set(body, 0)
      },
    },
    requested: (node, request) => {
      world.figures.requests++
      world.trace(node.machine.name, `has a ${request.purpose} request ${request.name}`)
      hold(node, 'aRequestsKeyIsSafe', invariants.aRequestsKeyIsSafe(world, node, request))
      hold(node, 'oneOpenRequest', invariants.oneOpenRequest(world, node, request))
      hold(node, 'aNewRequestHasANewKey', invariants.aNewRequestHasANewKey(world, memoryOf(node), request))
    },
    defect: (process, error) => {
      const text = error instanceof Error ? (error.stack ?? String(error)) : String(error)
      world.violated('noDefect', `${process.name} ended by a defect: ${text}`)
    },
    /** A lock is refused only while another process holds it. */
    locked: (process) => {
      if (process.machine.locks.size === 0) {
        world.violated('aLockEndsWithItsHolder', `${process.name} finds the folder locked by nobody`)
      }
    },
    started: (process) => {
      const holder = [...process.machine.locks.values()][0]
      if (holder !== process) world.violated('oneDaemonPerFolder', `${process.name} works without the lock`)
    },
    afterStep: () => {
      steps++
      sameInstant = world.timeline.now === instant ? sameInstant + 1 : 0
      instant = world.timeline.now
      if (sameInstant > 2_000) world.violated('timePasses', 'something goes round without waiting for anything')
      if (steps > MOST_STEPS) world.violated('itComesToRest', `a life of more than ${MOST_STEPS} steps`)
      for (const node of steps % 16 === 0 ? world.nodes : look) {
        hold(node, 'whatIsReadyIsThere', invariants.whatIsReadyIsThere(world, node))
        hold(node, 'nothingExpiresInFairWeather', invariants.nothingExpiresInFairWeather(world, node))
      }
      look.clear()
    },
    stillWrong: () => {
      for (const node of world.nodes) {
        const fault =
          invariants.allHaveACredential(world, node) ??
          invariants.nothingIsLeftOver(world, node) ??
          invariants.noRequestIsOpen(world, node)
        if (fault !== undefined) return `${node.machine.name}: ${fault}`
      }
      return undefined
    },
  }
}
