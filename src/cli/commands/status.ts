import { agentFlags } from '../agent-flags.ts'
import type { Command } from '../command.ts'
import { commonFlags, outputFlag } from '../common-flags.ts'

/** Every error's exit code for those who go by 0 and 1: failed, to `ExecCondition=`; UNKNOWN, to monitoring. */
const CHECK_FAILED = 255
const MONITORING_UNKNOWN = 3

export const statusCommand: Command = {
  name: 'status',
  describe:
    'Show what this node’s credentials are worth, what they wait for, and what certlet run says; or what any certificates, kubeconfigs and folders hold. Changes nothing.',
  positionals: {
    paths: {
      type: 'string',
      array: true,
      describe: 'files with certificates or keys, kubeconfigs, folders; none: this node’s own credentials',
    },
  },
  flags: {
    kubeconfig: { ...agentFlags.kubeconfig, describe: 'the node’s kubeconfig' },
    'cert-dir': agentFlags['cert-dir'],
    'hostname-override': agentFlags['hostname-override'],
    'node-binding': agentFlags['node-binding'],
    serving: { ...agentFlags.serving, describe: 'a serving credential has to be there as well' },
    emulate: agentFlags.emulate,
    'bootstrap-kubeconfig': { ...agentFlags['bootstrap-kubeconfig'], describe: 'the token, for --ask' },
    ask: {
      type: 'boolean',
      default: false,
      describe: 'ask the API server why a request waits, where certlet run does not say it; only reads',
      group: 'Question:',
    },
    check: {
      type: 'boolean',
      default: false,
      describe: 'exit codes for ExecCondition=: 0 something is to be renewed, 1 nothing is, 2 missing, 255 an error',
      group: 'Question:',
    },
    monitoring: {
      type: 'boolean',
      default: false,
      describe: 'one line and exit codes for monitoring: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN',
      group: 'Question:',
    },
    'expires-within': {
      type: 'string',
      requiresArg: true,
      describe:
        'what is to be renewed: so long before its end (7d, 36h), or with so much of its lifetime left (25%). Default: from the time of rotation; with paths, the last third',
      group: 'Question:',
    },
    wait: {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'first wait until client or serving is in place, for ever or so long: client=5m; may be given twice',
      group: 'Question:',
    },
    ...outputFlag('json', 'yaml'),
    ...commonFlags,
  },
  examples: [
    ['$0 status', 'See how this node stands, and why it waits'],
    ['$0 status --ask', 'Ask the API server why a request of certlet bootstrap waits'],
    ['$0 status /etc/kubernetes/pki', 'See who signed what in a kubeadm PKI, and how long it lasts'],
    ['$0 status admin.conf other.crt', 'See all of a kubeconfig or certificate'],
    ['$0 status --check --expires-within 7d server.crt', 'Have ExecCondition= go on if a certificate is to be renewed'],
    ['$0 status --monitoring --expires-within 14d', 'Have a monitoring plugin'],
    ['$0 status --wait client=5m', 'Wait until the node has its client credential'],
    ['$0 status -o json', 'Have it for a script'],
  ],
  exitOnError: (exit, argv) => {
    const asked = (flag: string): boolean => argv.some((arg) => arg === flag || arg === `${flag}=true`)
    return asked('--monitoring') ? MONITORING_UNKNOWN : asked('--check') ? CHECK_FAILED : exit
  },
  run: async (flags, world) => (await import('../run-status.ts')).runStatus(flags, world),
}
