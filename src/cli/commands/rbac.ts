import type { Command } from '../command.ts'
import { commonFlags } from '../common-flags.ts'

export const rbacCommand: Command = {
  name: 'rbac',
  describe: 'Print the rights that TLS bootstrap needs, for `kubectl apply -f -`.',
  flags: {
    group: {
      type: 'string',
      array: true,
      requiresArg: true,
      default: ['system:bootstrappers'],
      describe: 'group of the tokens that may join; every bootstrap token is in system:bootstrappers',
      group: 'Rights:',
    },
    'auto-approve': {
      type: 'boolean',
      default: true,
      describe: 'let the stock approver approve client certificates; --auto-approve=false leaves that to people',
      group: 'Rights:',
    },
    'cluster-info': {
      type: 'boolean',
      default: true,
      describe: 'let new nodes read cluster-info and look up their Node, as join does',
      group: 'Rights:',
    },
    output: {
      alias: 'o',
      choices: ['yaml', 'json'],
      default: 'yaml',
      requiresArg: true,
      describe: 'form of the objects',
      group: 'Output:',
    },
    ...commonFlags,
  },
  examples: [
    ['$0 rbac | kubectl apply -f -', 'Let nodes bootstrap on a cluster that kubeadm has not made'],
    ['$0 rbac --auto-approve=false', 'Approve each node by hand'],
    ['$0 rbac --group system:bootstrappers:edge', 'Let the tokens of one group join, no others'],
  ],
  run: async (flags, world) => (await import('../run-rbac.ts')).runRbac(flags, world),
}
