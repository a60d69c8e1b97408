import type { Connections } from '../../fleet/api/control-plane.ts'
import type { Arrival } from '../../fleet/arrivals.ts'
import { EMULATIONS } from '../../csr/constants.ts'
import type { Command, CommandGroup } from '../command.ts'
import { commonFlags, outputFlag } from '../common-flags.ts'

/** Written out, so that help does not load the fleet. */
const ARRIVALS = ['poisson', 'burst', 'power-cut'] as const satisfies readonly Arrival[]
const CONNECTIONS = ['own', 'shared'] as const satisfies readonly Connections[]

const reportFlag = {
  report: {
    type: 'string',
    requiresArg: true,
    describe: 'write a page with plots to this HTML file; it needs no network to be read',
    group: 'Output:',
  },
} as const

const outFlag = {
  out: {
    type: 'string',
    requiresArg: true,
    describe: 'write the result to this JSON file, for merge, compare and report',
    group: 'Output:',
  },
} as const

const FLEET = 'Fleet:'
const CLUSTER = 'Cluster (a lab of its own unless given):'

const playCommand: Command = {
  name: 'fleet',
  describe: 'Let many simulated nodes join at once, and measure how the control plane copes.',
  flags: {
    nodes: { type: 'number', requiresArg: true, default: 100, describe: 'how many nodes', group: FLEET },
    concurrency: {
      type: 'number',
      requiresArg: true,
      default: 200,
      describe: 'how many are at it at once, at most; the others wait, and their latency counts that',
      group: FLEET,
    },
    arrival: {
      choices: ARRIVALS,
      default: 'poisson',
      requiresArg: true,
      describe: 'how they come: by chance over --ramp, all at once, or as machines boot after a power cut',
      group: FLEET,
    },
    ramp: {
      type: 'string',
      requiresArg: true,
      default: '10s',
      describe: 'the time over which they come',
      group: FLEET,
    },
    seed: {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: 'what the moments of arrival follow from: the same seed, the same moments',
      group: FLEET,
    },
    serving: {
      type: 'boolean',
      default: false,
      describe: 'each node gets a serving certificate as well (a lab then approves them)',
      group: FLEET,
    },
    'rotate-every': {
      type: 'string',
      requiresArg: true,
      describe: 'each node that has joined renews its client certificate after this time',
      group: FLEET,
    },
    duration: {
      type: 'string',
      requiresArg: true,
      describe: 'go on renewing until then, from the start (default: each node renews once)',
      group: FLEET,
    },
    emulate: {
      choices: EMULATIONS,
      string: true,
      default: '1.36',
      requiresArg: true,
      describe: 'generation of the kubelets whose requests are sent',
      group: FLEET,
    },
    connections: {
      choices: CONNECTIONS,
      default: 'own',
      requiresArg: true,
      describe: 'own: TLS, request and watch for each node, as real ones; shared: one HTTP/2 connection and one watch',
      group: FLEET,
    },
    timeout: {
      type: 'string',
      requiresArg: true,
      default: '5m',
      describe: 'how long a node waits for a certificate',
      group: FLEET,
    },
    'name-prefix': {
      type: 'string',
      requiresArg: true,
      default: 'certlet-fleet-',
      describe: 'what the nodes’ names begin with; a number follows',
      group: FLEET,
    },
    shard: {
      type: 'string',
      requiresArg: true,
      default: '0/1',
      describe: 'INDEX/COUNT: play only this part of the fleet; see docs/fleet.md',
      group: 'Several machines:',
    },
    'start-at': {
      type: 'string',
      requiresArg: true,
      describe: 'moment at which all shards begin, such as 2026-11-26T18:00:00Z',
      group: 'Several machines:',
    },
    'bootstrap-kubeconfig': {
      type: 'string',
      requiresArg: true,
      describe: 'cluster and bootstrap token that the nodes join with',
      group: CLUSTER,
    },
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      describe: 'an administrator’s kubeconfig: makes a token for the run if none is given, and cleans up',
      group: CLUSTER,
    },
    'allow-insecure': {
      type: 'boolean',
      default: false,
      describe: 'accept insecure-skip-tls-verify in the bootstrap kubeconfig',
      group: CLUSTER,
    },
    'lab-flags': {
      type: 'string',
      requiresArg: true,
      describe: 'flags of certlet lab for the lab that is started, in one argument after an equals sign',
      group: CLUSTER,
    },
    ...outFlag,
    ...reportFlag,
    ...outputFlag('json'),
    ...commonFlags,
  },
  examples: [
    ['$0 fleet --nodes 1000 --arrival burst', 'See what a lab takes at once'],
    ['$0 fleet --nodes 5000 --ramp 60s --kubeconfig admin.conf --report r.html', 'Load a test cluster, and look at it'],
    ['$0 fleet --nodes 500 --rotate-every 20s --duration 2m', 'Renew over and over'],
    ['$0 fleet --nodes 500 --lab-flags="--signing-delay 200ms --faults faults.yaml"', 'See a fleet in trouble'],
  ],
  run: async (flags, world) => (await import('../run-fleet.ts')).runFleetCommand(flags, world),
}

const compareCommand: Command = {
  name: 'compare',
  describe: 'Compare the results of two runs, before and after a change.',
  positionals: {
    before: { type: 'string', demandOption: true, describe: 'result of --out' },
    after: { type: 'string', demandOption: true, describe: 'another one' },
  },
  flags: { ...outputFlag('json'), ...commonFlags },
  examples: [['$0 fleet compare before.json after.json', 'See what an approver’s new version changes']],
  run: async (flags, world) => (await import('../run-fleet-files.ts')).runFleetCompare(flags, world),
}

const mergeCommand: Command = {
  name: 'merge',
  describe: 'Join the results of all shards of a run, without loss.',
  positionals: {
    paths: { type: 'string', array: true, demandOption: true, describe: 'results of --out, one for each shard' },
  },
  flags: { ...outFlag, ...reportFlag, ...outputFlag('json'), ...commonFlags },
  examples: [
    ['$0 fleet merge shard-*.json --out run.json', 'Have one result of several machines'],
    ['$0 fleet merge run.json --report run.html', 'Make the page of a run that is over'],
  ],
  run: async (flags, world) => (await import('../run-fleet-files.ts')).runFleetMerge(flags, world),
}

export const fleetCommands: CommandGroup = {
  name: 'fleet',
  describe: playCommand.describe,
  own: playCommand,
  commands: [mergeCommand, compareCommand],
}
