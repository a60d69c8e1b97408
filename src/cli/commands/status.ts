import { agentFlags } from '../agent-flags.ts'
import type { Command } from '../command.ts'
import { commonFlags } from '../common-flags.ts'

export const statusCommand: Command = {
  name: 'status',
  describe:
    'Show what this node’s credentials are worth, what they wait for, and what certlet run says. Changes nothing.',
  flags: {
    kubeconfig: { ...agentFlags.kubeconfig, describe: 'the node’s kubeconfig' },
    'cert-dir': agentFlags['cert-dir'],
    'hostname-override': agentFlags['hostname-override'],
    'node-binding': agentFlags['node-binding'],
    serving: { ...agentFlags.serving, describe: 'a serving credential has to be there as well' },
    emulate: agentFlags.emulate,
    output: {
      alias: 'o',
      choices: ['text', 'json', 'yaml'],
      default: 'text',
      requiresArg: true,
      describe: 'form of the result on standard output',
      group: 'Output:',
    },
    ...commonFlags,
  },
  examples: [
    ['$0 status', 'See how this node stands, and why it waits'],
    ['$0 status --serving >/dev/null || echo not ready', 'Have an exit code: 0 only if all is in place and usable'],
    ['$0 status -o json', 'Have it for a script'],
  ],
  run: async (flags, world) => (await import('../run-status.ts')).runStatus(flags, world),
}
