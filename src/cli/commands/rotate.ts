import { agentFlags } from '../agent-flags.ts'
import type { Command } from '../command.ts'
import { commonFlags, outputFlag } from '../common-flags.ts'

export const rotateCommand: Command = {
  name: 'rotate',
  describe: 'Replace this node’s certificates now, by the certlet run at work, or without one by itself.',
  flags: {
    ...agentFlags,
    client: {
      type: 'boolean',
      default: false,
      describe: 'rotate the client credential; without --client and --serving, all that are kept',
      group: 'Rotation:',
    },
    serving: { ...agentFlags.serving, describe: 'rotate the serving credential', group: 'Rotation:' },
    timeout: {
      type: 'string',
      requiresArg: true,
      default: '5m',
      describe: 'how long to wait for the outcome',
      group: 'Rotation:',
    },
    ...outputFlag('json'),
    ...commonFlags,
  },
  examples: [
    ['$0 rotate', 'Renew what this node has, and wait until it is in use'],
    ['$0 rotate --serving --timeout 1m', 'Renew the serving certificate alone'],
    ['$0 rotate -o json', 'Have the new certificates for a script'],
  ],
  run: async (flags, world, argv) => (await import('../run-rotate.ts')).runRotate(flags, world, argv),
}
