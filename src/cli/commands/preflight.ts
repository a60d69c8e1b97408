import { agentFlags } from '../agent-flags.ts'
import { outputFlag } from '../common-flags.ts'
import type { Command } from '../command.ts'
import { joinCommand } from './join.ts'

const { 'skip-preflight': _skip, ...joinFlags } = joinCommand.flags

/** Takes what bootstrap and join take, so that one word of their command line is changed to have it looked at first. */
export const preflightCommand: Command = {
  name: 'preflight',
  describe: 'Look at everything that could go wrong with a bootstrap or join, before it does. Creates nothing.',
  positionals: {
    endpoint: { type: 'string', describe: 'HOST:PORT of the API server, as for join; without it, as for bootstrap' },
  },
  flags: {
    ...joinFlags,
    'bootstrap-kubeconfig': agentFlags['bootstrap-kubeconfig'],
    'allow-insecure': agentFlags['allow-insecure'],
    fix: {
      type: 'boolean',
      default: false,
      describe: 'put right what is safe to: make missing folders, close our own files to others',
      group: 'Node:',
    },
    ...outputFlag('json', 'yaml'),
  },
  examples: [
    ['$0 preflight', 'See whether `certlet bootstrap` would succeed, and what to do if not'],
    ['$0 preflight --serving', 'Look at the serving certificate’s approval as well'],
    [
      '$0 preflight 10.0.0.1:6443 --token-file token --discovery-token-ca-cert-hash sha256:…',
      'See whether `certlet join` would succeed',
    ],
    ['$0 preflight --fix', 'Put folders and file modes right on the way'],
    ['$0 preflight -o json >/tmp/preflight.json || echo not ready', 'Have it for a script'],
  ],
  run: async (flags, world, argv) => (await import('../run-preflight.ts')).runPreflight(flags, world, argv),
}
