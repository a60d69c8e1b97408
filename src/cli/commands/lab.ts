import { commonFlags } from '../common-flags.ts'
import type { Command } from '../main.ts'

export const labCommand: Command = {
  name: 'lab',
  describe: 'Run an API server for certificates in this process, to try things on. Not for production.',
  flags: {
    port: {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'port on 127.0.0.1; 0 takes a free one',
      group: 'Lab:',
    },
    dir: {
      type: 'string',
      requiresArg: true,
      describe: 'folder for the kubeconfigs (default: a new temporary one)',
      group: 'Lab:',
    },
    'pki-dir': {
      type: 'string',
      requiresArg: true,
      describe:
        'folder with keys and certificates under kubeadm’s names; what is missing is made there (default: new ones, in memory)',
      group: 'Lab:',
    },
    token: {
      type: 'string',
      requiresArg: true,
      describe: 'bootstrap token to accept (default: a random one)',
      group: 'Lab:',
    },
    approve: {
      choices: ['auto', 'manual', 'deny'],
      default: 'auto',
      requiresArg: true,
      describe: 'auto: as kube-controller-manager does',
      group: 'Lab:',
    },
    'approve-serving': {
      type: 'boolean',
      default: false,
      describe: 'approve serving requests as well, which no stock approver does',
      group: 'Lab:',
    },
    sign: { type: 'boolean', default: true, describe: 'sign what is approved; --sign=false leaves it', group: 'Lab:' },
    'signing-duration': {
      type: 'string',
      requiresArg: true,
      default: '8760h',
      describe: 'longest lifetime of certificates',
      group: 'Lab:',
    },
    emulate: {
      choices: ['1.26', '1.31', '1.36'],
      default: '1.36',
      string: true,
      requiresArg: true,
      describe: 'generation of the API server',
      group: 'Lab:',
    },
    ...commonFlags,
  },
  examples: [
    ['$0 lab', 'Have a cluster’s certificate API in a second'],
    ['$0 lab --approve manual', 'Approve by hand: kubectl certificate approve'],
  ],
  run: async (flags, world) => (await import('../run-lab.ts')).runLab(flags, world),
}
