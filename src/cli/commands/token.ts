import type { Command, CommandGroup } from '../command.ts'
import { commonFlags, outputFlag } from '../common-flags.ts'

const administrator = {
  kubeconfig: {
    type: 'string',
    requiresArg: true,
    describe: 'an administrator’s kubeconfig. Default: $KUBECONFIG, ~/.kube/config, /etc/kubernetes/admin.conf',
    group: 'Cluster:',
  },
} as const

const createCommand: Command = {
  name: 'create',
  describe: 'Make a bootstrap token, and print the line that joins a node with it.',
  positionals: {
    token: { type: 'string', describe: 'the token to make; a random one unless given' },
  },
  flags: {
    ttl: {
      type: 'string',
      requiresArg: true,
      default: '24h',
      describe: 'how long it is good, such as 2h; 0 is for ever',
      group: 'Token:',
    },
    usages: {
      type: 'string',
      array: true,
      requiresArg: true,
      default: ['signing', 'authentication'],
      describe: 'what it may be used for',
      group: 'Token:',
    },
    groups: {
      type: 'string',
      array: true,
      requiresArg: true,
      default: ['system:bootstrappers:kubeadm:default-node-token'],
      describe: 'groups that it gives, beside system:bootstrappers',
      group: 'Token:',
    },
    description: { type: 'string', requiresArg: true, default: '', describe: 'what it is for', group: 'Token:' },
    'write-kubeconfig': {
      type: 'string',
      requiresArg: true,
      describe: 'write a bootstrap kubeconfig with it (mode 0600), and do not print it',
      group: 'Output:',
    },
    ...administrator,
    ...outputFlag('json', 'yaml'),
    ...commonFlags,
  },
  examples: [
    ['$0 token create --ttl 2h --description "rack 12"', 'Let nodes join for two hours'],
    ['$0 token create --write-kubeconfig node.conf', 'Hand it over as a file: certlet bootstrap takes it'],
  ],
  run: async (flags, world) => (await import('../run-token.ts')).runTokenCreate(flags, world),
}

const listCommand: Command = {
  name: 'list',
  describe: 'Show the bootstrap tokens of the cluster, expired ones too.',
  flags: {
    'show-secrets': {
      type: 'boolean',
      default: false,
      describe: 'show whole tokens, not their ids alone',
      group: 'Output:',
    },
    ...administrator,
    ...outputFlag('json', 'yaml'),
    ...commonFlags,
  },
  examples: [
    ['$0 token list', 'See which tokens there are, and how long they are good'],
    ['$0 token list -o json --show-secrets', 'Have them for a script'],
  ],
  run: async (flags, world) => (await import('../run-token.ts')).runTokenList(flags, world),
}

const deleteCommand: Command = {
  name: 'delete',
  describe: 'Delete a bootstrap token: nobody can join with it any more.',
  positionals: {
    token: { type: 'string', demandOption: true, describe: 'id of the token, or the whole of it' },
  },
  flags: { ...administrator, ...commonFlags },
  examples: [['$0 token delete abcdef', 'End a token before its time']],
  run: async (flags, world) => (await import('../run-token.ts')).runTokenDelete(flags, world),
}

export const tokenCommands: CommandGroup = {
  name: 'token',
  describe: 'Make, list and delete bootstrap tokens, as an administrator.',
  commands: [createCommand, listCommand, deleteCommand],
}
