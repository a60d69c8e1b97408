import type { Section } from './figure.ts'
import { fleetOwn, fleetRest, fleetShared } from './fleet.ts'
import { labCrowd } from './lab-crowd.ts'
import { labNodes } from './lab-nodes.ts'
import { labReady } from './lab-ready.ts'
import { labUi } from './lab-ui.ts'
import { nodeCold } from './node-cold.ts'
import { nodeDelayed } from './node-delayed.ts'
import { nodeDisk } from './node-disk.ts'
import { nodeRest } from './node-rest.ts'
import { nodeSize } from './node-size.ts'

/** All that is measured, in the order of the table. */
export const sections: readonly Section[] = [
  ...[nodeCold, nodeDelayed, nodeDisk, nodeRest, nodeSize],
  ...[labReady, labNodes, labUi, labCrowd, fleetOwn, fleetShared, fleetRest],
]
