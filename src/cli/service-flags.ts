import type { Options } from 'yargs'

/** Flags of `certlet run` for all that is around the credentials: who is told of them, and who else uses them. */
export const serviceFlags = {
  'metrics-address': {
    type: 'string',
    requiresArg: true,
    describe:
      'serve /metrics, /healthz and /readyz on HOST:PORT; :PORT is loopback; "systemd" takes a handed-over socket',
    group: 'Service:',
  },
  'record-events': {
    type: 'boolean',
    default: false,
    describe: 'write Kubernetes Events on the Node',
    group: 'Service:',
  },
  'on-rotate': {
    type: 'string',
    requiresArg: true,
    describe: 'command to run after each rotation, in /; no shell, what changed is in CERTLET_* variables',
    group: 'Service:',
  },
  'on-rotate-timeout': {
    type: 'string',
    requiresArg: true,
    default: '1m',
    describe: 'how long that command may take',
    group: 'Service:',
  },
  copy: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'keep a copy of a pair: client|serving=/path:owner:group:mode[:split]',
    group: 'Service:',
  },
} as const satisfies Record<string, Options>
