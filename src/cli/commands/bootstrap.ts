import { agentFlags } from '../agent-flags.ts'
import type { Command } from '../command.ts'
import { commonFlags, outputFlag, printConfigFlag } from '../common-flags.ts'

export const bootstrapCommand: Command = {
  name: 'bootstrap',
  describe: 'Get this node its credentials with a bootstrap token, once.',
  flags: {
    ...agentFlags,
    timeout: {
      type: 'string',
      requiresArg: true,
      default: '1h',
      describe: 'how long to wait for the client certificate',
      group: 'Request:',
    },
    'serving-timeout': {
      type: 'string',
      requiresArg: true,
      default: '5m',
      describe: 'how long to wait for the serving certificate',
      group: 'Request:',
    },
    'skip-preflight': {
      type: 'boolean',
      default: false,
      describe: 'neither look at the disk first, nor look closer when the API server cannot be reached',
      group: 'Request:',
    },
    'dry-run': {
      type: 'boolean',
      default: false,
      describe: 'show the plan and the decoded requests; write and send nothing',
      group: 'Output:',
    },
    ...outputFlag('json'),
    ...printConfigFlag,
    ...commonFlags,
  },
  examples: [
    ['$0 bootstrap', 'Join with the files that kubeadm uses'],
    ['$0 bootstrap --serving --node-ip 192.0.2.10', 'Get the serving certificate too'],
    ['$0 bootstrap --dry-run', 'See what would be requested'],
    ['ssh admin@control-plane cat node.conf | $0 bootstrap --bootstrap-kubeconfig -', 'Keep the token off the disk'],
  ],
  run: async (flags, world) => {
    // Connections are being opened while the rest is loaded.
    using early = await (await import('../open-early.ts')).openEarly(flags, world)
    return await (await import('../run-bootstrap.ts')).runBootstrap(flags, world, early)
  },
}
