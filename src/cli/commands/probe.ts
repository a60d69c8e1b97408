import type { Command, CommandGroup } from '../command.ts'
import { commonFlags, outputFlag } from '../common-flags.ts'

const policyFlag = {
  approver: {
    type: 'string',
    requiresArg: true,
    default: 'stock',
    describe:
      'what is expected of the approver: none, stock, strict-serving, or a file with a policy; see docs/probe-suites.md',
    group: 'Expectations:',
  },
} as const

const nodeFlags = {
  node: {
    type: 'string',
    requiresArg: true,
    default: 'certlet-probe-a',
    describe: 'name of the node that the probe plays',
    group: 'Requests:',
  },
  'node-ip': {
    type: 'string',
    requiresArg: true,
    default: '192.0.2.11',
    describe: 'address of that node',
    group: 'Requests:',
  },
  'other-node': {
    type: 'string',
    requiresArg: true,
    default: 'certlet-probe-b',
    describe: 'name of another node, for requests that go beyond the own one',
    group: 'Requests:',
  },
  'other-node-ip': {
    type: 'string',
    requiresArg: true,
    default: '192.0.2.12',
    describe: 'address of the other node',
    group: 'Requests:',
  },
} as const

const choiceFlags = {
  case: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'only cases whose names fit; * stands for anything',
    group: 'Requests:',
  },
  skip: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'all cases but those whose names fit',
    group: 'Requests:',
  },
} as const

const runCommand: Command = {
  name: 'probe',
  describe: 'Send benign, odd and hostile certificate requests, and compare each verdict with the expected one.',
  positionals: {
    suite: {
      type: 'string',
      array: true,
      describe: 'a built-in suite, or a YAML file; all built-in ones unless given',
    },
  },
  flags: {
    kubeconfig: {
      type: 'string',
      requiresArg: true,
      describe: 'kubeconfig for the cluster to probe; without one a lab in this process is probed',
      group: 'Cluster:',
    },
    'bootstrap-kubeconfig': {
      type: 'string',
      requiresArg: true,
      describe:
        'bootstrap kubeconfig: its token sends as a new node does, and obtains node credentials where nobody may be impersonated',
      group: 'Cluster:',
    },
    'signer-ca': {
      type: 'string',
      requiresArg: true,
      describe: 'file with the signer’s CA, for a look at who signed the certificates',
      group: 'Cluster:',
    },
    'lab-approve': {
      choices: ['auto', 'none', 'deny'],
      default: 'auto',
      requiresArg: true,
      describe: 'how the lab approves where no rule matches; see `certlet lab --approve`',
      group: 'Lab:',
    },
    'lab-approval-rules': {
      type: 'string',
      requiresArg: true,
      describe: 'YAML file with rules that the lab approves by; see docs/lab.md',
      group: 'Lab:',
    },
    ...policyFlag,
    'pending-after': {
      type: 'string',
      requiresArg: true,
      default: '3s',
      describe: 'how long a request that may stay undecided is watched',
      group: 'Expectations:',
    },
    timeout: {
      type: 'string',
      requiresArg: true,
      default: '30s',
      describe: 'how long a verdict is waited for that has to come',
      group: 'Expectations:',
    },
    ...choiceFlags,
    ...nodeFlags,
    parallel: {
      type: 'number',
      requiresArg: true,
      default: 20,
      describe: 'most requests that are sent at once; those that are waited for do not count',
      group: 'Requests:',
    },
    keep: {
      type: 'boolean',
      default: false,
      describe: 'leave the requests on the server, for a look with kubectl',
      group: 'Requests:',
    },
    output: {
      alias: 'o',
      choices: ['text', 'json', 'yaml', 'tap'],
      default: 'text',
      requiresArg: true,
      describe: 'form of the result on standard output',
      group: 'Output:',
    },
    junit: {
      type: 'string',
      requiresArg: true,
      describe: 'file for the results as JUnit XML',
      group: 'Output:',
    },
    out: {
      type: 'string',
      requiresArg: true,
      describe: 'file for the results as JSON, for `certlet probe diff`',
      group: 'Output:',
    },
    ...commonFlags,
  },
  examples: [
    ['$0 probe', 'See what the stock approver and signer do with every built-in case, in a lab'],
    ['$0 probe hostile --kubeconfig admin.conf --approver strict-serving', 'Test the approver of a cluster'],
    ['$0 probe my-suite.yaml --kubeconfig admin.conf --junit probe.xml', 'Run a suite of your own in CI'],
    ['$0 probe --case "rsa-*" --bootstrap-kubeconfig node.conf', 'Try some cases with a bootstrap token alone'],
  ],
  run: async (flags, world) => (await import('../run-probe.ts')).runProbe(flags, world),
}

const explainCommand: Command = {
  name: 'explain',
  describe: 'Show the decoded request of a case, what it stands for, and what is expected of it.',
  positionals: {
    case: { type: 'string', demandOption: true, describe: 'name of a case, or SUITE/CASE' },
  },
  flags: {
    suite: {
      type: 'string',
      requiresArg: true,
      describe: 'file of the suite, if it is not built in',
      group: 'Requests:',
    },
    ...policyFlag,
    ...nodeFlags,
    ...outputFlag('json', 'yaml'),
    ...commonFlags,
  },
  examples: [['$0 probe explain administrators-as-well', 'See what a difference means']],
  run: async (flags, world) => (await import('../run-probe-explain.ts')).runProbeExplain(flags, world),
}

const diffCommand: Command = {
  name: 'diff',
  describe: 'Compare two runs: before and after a change to an approver.',
  positionals: {
    before: { type: 'string', demandOption: true, describe: 'what `certlet probe --out FILE` wrote' },
    after: { type: 'string', demandOption: true, describe: 'the same of the later run' },
  },
  flags: { ...outputFlag('json', 'yaml'), ...commonFlags },
  examples: [['$0 probe diff before.json after.json', 'See which verdicts have changed']],
  run: async (flags, world) => (await import('../run-probe-diff.ts')).runProbeDiff(flags, world),
}

const listCommand: Command = {
  name: 'list',
  describe: 'Show the built-in suites and their cases.',
  positionals: { suite: { type: 'string', array: true, describe: 'only these suites; a file does as well' } },
  flags: { ...outputFlag('json', 'yaml'), ...commonFlags },
  examples: [['$0 probe list hostile', 'See what the suite holds']],
  run: async (flags, world) => (await import('../run-probe-list.ts')).runProbeList(flags, world),
}

export const probeCommands: CommandGroup = {
  name: 'probe',
  describe: 'Test an approver and signer with benign, odd and hostile requests.',
  own: runCommand,
  commands: [explainCommand, diffCommand, listCommand],
}
