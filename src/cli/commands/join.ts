import type { Command } from '../command.ts'
import { bootstrapCommand } from './bootstrap.ts'

const {
  'dry-run': _dryRun,
  'allow-insecure': _insecure,
  'print-config': _print,
  ...bootstrapFlags
} = bootstrapCommand.flags

/** Flags of kubeadm join keep kubeadm's names; all others are those of certlet bootstrap. */
export const joinCommand: Command = {
  name: 'join',
  describe: 'Join this machine to a cluster by hand: address, token and CA pin in, credentials out.',
  positionals: {
    endpoint: { type: 'string', describe: 'HOST:PORT of the API server; the port is 6443 unless given' },
  },
  flags: {
    token: {
      type: 'string',
      requiresArg: true,
      describe: 'bootstrap token; "-" reads standard input. Better: --token-file, CERTLET_TOKEN, or the prompt',
      group: 'Discovery:',
    },
    'token-file': {
      type: 'string',
      requiresArg: true,
      describe: 'file with the bootstrap token; it stays',
      group: 'Discovery:',
    },
    'discovery-token-ca-cert-hash': {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'sha256:… of the public key of the cluster’s CA; may be given several times, one must match',
      group: 'Discovery:',
    },
    'discovery-token-unsafe-skip-ca-verification': {
      type: 'boolean',
      default: false,
      describe: 'do without a CA pin: whoever knows the token can then pose as the cluster',
      group: 'Discovery:',
    },
    'discovery-file': {
      type: 'string',
      requiresArg: true,
      describe: 'kubeconfig with the cluster’s address and CA, a path or an https:// address, instead of HOST:PORT',
      group: 'Discovery:',
    },
    'discovery-timeout': {
      type: 'string',
      requiresArg: true,
      default: '5m',
      describe: 'how long what may pass (a server that is starting) is tried again',
      group: 'Discovery:',
    },
    replace: {
      type: 'boolean',
      default: false,
      describe: 'join although a Node of this name is there and Ready',
      group: 'Discovery:',
    },
    'ca-cert': {
      type: 'string',
      requiresArg: true,
      default: '/etc/kubernetes/pki/ca.crt',
      describe: 'where the cluster’s CA is written; one that is there must be the same',
      group: 'Files:',
    },
    ...bootstrapFlags,
    'bootstrap-kubeconfig': {
      type: 'string',
      requiresArg: true,
      default: '/etc/kubernetes/bootstrap-kubelet.conf',
      describe: 'where the token is kept until the credentials are proven',
      group: 'Files:',
    },
  },
  examples: [
    ['$0 join 10.0.0.1:6443 --discovery-token-ca-cert-hash sha256:…', 'Be asked for the token'],
    ['$0 join 10.0.0.1:6443 --token-file token --discovery-token-ca-cert-hash sha256:…', 'Join from a script'],
    [
      '$0 join --discovery-file https://boot.example/cluster.conf --token-file token',
      'Trust a web server instead of a pin',
    ],
    ['$0 join 10.0.0.1:6443 … --replace', 'Set up a node anew whose old Node object is still Ready'],
  ],
  run: async (flags, world, argv) => (await import('../run-join.ts')).runJoin(flags, world, argv),
}
