import type { Options } from 'yargs'

/** Flags of all commands that come by credentials. They are named as the kubelet's and kubeadm's where those have them; the defaults are kubeadm's paths. */
export const agentFlags = {
  'bootstrap-kubeconfig': {
    type: 'string',
    requiresArg: true,
    describe:
      'kubeconfig with the bootstrap token; "-" reads standard input. Default: $CREDENTIALS_DIRECTORY/bootstrap-kubeconfig if it exists, else /etc/kubernetes/bootstrap-kubelet.conf',
    group: 'Files:',
  },
  kubeconfig: {
    type: 'string',
    requiresArg: true,
    default: '/etc/kubernetes/kubelet.conf',
    describe: 'kubeconfig to write',
    group: 'Files:',
  },
  'cert-dir': {
    type: 'string',
    requiresArg: true,
    default: '/var/lib/kubelet/pki',
    describe: 'folder for keys and certificates',
    group: 'Files:',
  },
  'keep-pairs': {
    type: 'number',
    requiresArg: true,
    default: 1,
    describe: 'how many pairs before the current one are kept',
    group: 'Files:',
  },
  'keep-bootstrap-kubeconfig': {
    type: 'boolean',
    default: false,
    describe: 'do not remove the bootstrap kubeconfig at the end',
    group: 'Files:',
  },
  'hostname-override': {
    type: 'string',
    requiresArg: true,
    describe: 'name of the node instead of the host name',
    group: 'Node:',
  },
  'node-binding': {
    type: 'boolean',
    default: true,
    describe: 'do not use keys that were made on another machine; --node-binding=false for a changing /etc/machine-id',
    group: 'Node:',
  },
  serving: { type: 'boolean', default: false, describe: 'get the serving credential as well', group: 'Node:' },
  'node-ip': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'address of the node, for the serving certificate',
    group: 'Node:',
  },
  san: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'further IP address or DNS name for the serving certificate',
    group: 'Node:',
  },
  'key-type': {
    choices: ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096', 'ed25519'],
    default: 'ecdsa-p256',
    requiresArg: true,
    describe: 'type of the private keys',
    group: 'Request:',
  },
  expiration: {
    type: 'string',
    requiresArg: true,
    describe: 'lifetime to ask for, such as 24h; at least 10m',
    group: 'Request:',
  },
  emulate: {
    choices: ['1.26', '1.27', '1.36'],
    default: '1.36',
    string: true,
    requiresArg: true,
    describe: 'kubelet generation whose requests are sent',
    group: 'Request:',
  },
  'allow-insecure': {
    type: 'boolean',
    default: false,
    describe: 'accept http:// and insecure-skip-tls-verify (test clusters only)',
    group: 'Request:',
  },
} as const satisfies Record<string, Options>
