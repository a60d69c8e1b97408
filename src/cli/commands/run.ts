import { agentFlags } from '../agent-flags.ts'
import { commonFlags, printConfigFlag } from '../common-flags.ts'
import type { Command } from '../command.ts'
import { serviceFlags } from '../service-flags.ts'

/** What `certlet run` ends with where others end with 2: its unit is not restarted then. Source: sysexits(3), EX_CONFIG. */
const EX_CONFIG = 78

export const runCommand: Command = {
  name: 'run',
  describe: 'Keep this node’s credentials alive: bootstrap if need be, then rotation for years.',
  flags: {
    ...agentFlags,
    'ca-file': {
      type: 'string',
      requiresArg: true,
      describe: 'CA bundle of the API server to take into the kubeconfig, once it has proven to work',
      group: 'Files:',
    },
    'refresh-ca': {
      choices: ['none', 'configmap', 'trust-bundle'],
      default: 'none',
      requiresArg: true,
      describe:
        'take the CA that the cluster publishes into the kubeconfig: from ConfigMap kube-root-ca.crt, or from ClusterTrustBundles',
      group: 'Files:',
    },
    'refresh-ca-namespace': {
      type: 'string',
      requiresArg: true,
      default: 'kube-system',
      describe: 'namespace of that ConfigMap; a node may read it where one of its pods runs',
      group: 'Files:',
    },
    'drop-stale-sans': {
      type: 'boolean',
      default: false,
      describe: 'renew the serving certificate also when one of its names is no longer wanted',
      group: 'Node:',
    },
    ...serviceFlags,
    ...printConfigFlag,
    ...commonFlags,
  },
  examples: [
    ['$0 run', 'Keep the client credential of a node that kubeadm’s paths describe'],
    ['$0 run --serving', 'Keep the serving credential as well, with the names of the Node object'],
    ['$0 run --metrics-address :9105', 'Serve metrics, liveness and readiness on loopback'],
    ['$0 run --on-rotate "systemctl reload nginx"', 'Tell another program of new certificates'],
    ['$0 run --print-config', 'See what the configuration file and the environment make of the flags'],
  ],
  exitOnError: (exit) => (exit === 2 ? EX_CONFIG : exit),
  run: async (flags, world) => (await import('../run-daemon.ts')).runDaemon(flags, world),
}
