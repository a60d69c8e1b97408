import { commonFlags } from '../common-flags.ts'
import type { FeatureGate, SigningFault } from '../../lab/index.ts'
import type { Command } from '../command.ts'

/** Written out, so that help does not load the lab. */
const SIGNING_FAULTS = [
  'other-key',
  'other-name',
  'other-ca',
  'missing-san',
  'expired',
  'not-yet-valid',
  'chain',
  'garbage',
] as const satisfies readonly SigningFault[]

const FEATURE_GATES = ['APISelfSubjectReview', 'AggregatedDiscoveryEndpoint'] as const satisfies readonly FeatureGate[]

/** `--sign=true` and `--sign=false` mean the same. */
const onOrOff = (value: string): string => ({ true: 'on', false: 'off' })[value] ?? value

export const labCommand: Command = {
  name: 'lab',
  describe: 'Run an API server for certificates in this process, to try things on. Not for production.',
  flags: {
    host: {
      type: 'string',
      requiresArg: true,
      default: '127.0.0.1',
      describe: 'address to listen on; keep to loopback unless the network is a test network',
      group: 'Lab:',
    },
    port: { type: 'number', requiresArg: true, default: 0, describe: 'port; 0 takes a free one', group: 'Lab:' },
    dir: {
      type: 'string',
      requiresArg: true,
      describe: 'folder for the kubeconfigs (default: a new temporary one)',
      group: 'Lab:',
    },
    'apiserver-cert-extra-sans': {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'further names and addresses in the API server’s certificate, if it is made',
      group: 'Lab:',
    },
    'state-dir': {
      type: 'string',
      requiresArg: true,
      describe: 'folder that keeps objects, token and CA from one run to the next (default: all in memory)',
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
      choices: ['auto', 'manual', 'none', 'deny'],
      default: 'auto',
      requiresArg: true,
      describe: 'auto: as kube-controller-manager does; manual and none: nobody but you; deny: refuse everything',
      group: 'Approving and signing:',
    },
    'approval-rules': {
      type: 'string',
      requiresArg: true,
      describe: 'YAML file with rules that are asked before --approve; see docs/lab.md',
      group: 'Approving and signing:',
    },
    'approve-serving': {
      type: 'boolean',
      default: false,
      describe: 'approve serving requests as well, which no stock approver does',
      group: 'Approving and signing:',
    },
    sign: {
      choices: ['on', 'off'],
      string: true,
      default: 'on',
      requiresArg: true,
      coerce: onOrOff,
      describe: 'off: what is approved is never issued',
      group: 'Approving and signing:',
    },
    'signing-duration': {
      type: 'string',
      requiresArg: true,
      default: '8760h',
      describe: 'longest lifetime of certificates',
      group: 'Approving and signing:',
    },
    'signing-delay': {
      type: 'string',
      requiresArg: true,
      default: '0s',
      describe: 'how long an approved request waits for its certificate',
      group: 'Approving and signing:',
    },
    'not-before-offset': {
      type: 'string',
      requiresArg: true,
      default: '-5m',
      describe: 'start of validity, from the moment of signing',
      group: 'Approving and signing:',
    },
    'signing-fault': {
      choices: SIGNING_FAULTS,
      requiresArg: true,
      describe: 'what the signer does wrong',
      group: 'Approving and signing:',
    },
    faults: {
      type: 'string',
      requiresArg: true,
      describe: 'YAML file with what goes wrong at the wire; see docs/lab.md',
      group: 'Faults and records:',
    },
    'request-log': {
      type: 'boolean',
      default: false,
      describe: 'log every request: who, what, status, time',
      group: 'Faults and records:',
    },
    'audit-log': {
      type: 'string',
      requiresArg: true,
      describe: 'file for audit events in the API server’s format, level Metadata',
      group: 'Faults and records:',
    },
    load: {
      type: 'string',
      requiresArg: true,
      describe: 'file of objects that are there from the start: YAML or JSON, or the fixtures.json of recordings',
      group: 'Lab:',
    },
    emulate: {
      choices: ['1.26', '1.31', '1.36'],
      string: true,
      requiresArg: true,
      describe: 'generation of the API server (default: 1.36; with the fixtures of recordings theirs, 1.26)',
      group: 'Lab:',
    },
    'feature-gates': {
      choices: FEATURE_GATES,
      array: true,
      string: true,
      requiresArg: true,
      describe: 'features that are on although the generation has them off',
      group: 'Lab:',
    },
    'service-account-issuer': {
      type: 'string',
      requiresArg: true,
      describe:
        'issuer of tokens, as a TokenReview tells it (default: kubeadm’s; with the fixtures of recordings theirs)',
      group: 'Lab:',
    },
    protobuf: {
      type: 'boolean',
      default: false,
      describe: 'answer in protobuf where a client asks for it, instead of having it go on in JSON',
      group: 'Lab:',
    },
    ui: {
      type: 'boolean',
      default: false,
      describe:
        'serve a page on loopback: requests as they come, approve and deny, faults; prints a link that works once',
      group: 'Page:',
    },
    'ui-port': {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'port of the page; 0 takes a free one',
      group: 'Page:',
    },
    'anonymous-auth': {
      type: 'boolean',
      default: true,
      describe: 'take requests without credentials as those of system:anonymous',
      group: 'Lab:',
    },
    'max-requests-inflight': {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'how many reading requests are worked on at once; more are answered with 429; 0 for any number',
      group: 'Faults and records:',
    },
    'max-mutating-requests-inflight': {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'the same for requests that change something',
      group: 'Faults and records:',
    },
    ...commonFlags,
  },
  examples: [
    ['$0 lab', 'Have a cluster’s certificate API in a second'],
    ['$0 lab --approve manual', 'Approve by hand: kubectl certificate approve'],
    ['$0 lab --ui --approve manual', 'Watch requests in a browser, and decide there'],
    ['$0 lab --signing-fault other-key', 'See what a client does with a certificate for another key'],
    ['$0 lab --faults faults.yaml --request-log', 'See how a client copes with an API server in trouble'],
    ['$0 lab --load bindings.yaml', 'Begin with Roles and bindings of your own'],
  ],
  run: async (flags, world) => (await import('../run-lab.ts')).runLab(flags, world),
}
