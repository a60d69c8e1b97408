/**
 * What the process does and what the operator is told, for every failure that certlet names. Codes and exit codes are API: see
 * docs/errors.md. `retry` says whether the same attempt may succeed later without anybody changing anything on this node.
 */
export const failures = {
  USAGE: { exit: 2, retry: false, hint: 'see `certlet --help`' },
  KUBECONFIG_MISSING: {
    exit: 2,
    retry: false,
    hint: 'put the file there, or name another with --bootstrap-kubeconfig',
  },
  KUBECONFIG_INVALID: { exit: 2, retry: false, hint: 'mend the file given with --bootstrap-kubeconfig' },
  TOKEN_MALFORMED: {
    exit: 2,
    retry: false,
    hint: 'a bootstrap token is six characters, a dot and sixteen characters, all of a-z and 0-9; make one with `kubeadm token create`',
  },
  CA_UNREADABLE: { exit: 2, retry: false, hint: 'certificate-authority must be PEM with at least one certificate' },
  INSECURE_REFUSED: {
    exit: 2,
    retry: false,
    hint: 'give the cluster a certificate authority and https; --allow-insecure is for throw-away test clusters',
  },
  NODE_NAME_INVALID: { exit: 2, retry: false, hint: 'set a valid host name, or give one with --hostname-override' },
  NO_ADDRESS: { exit: 2, retry: false, hint: "give this node's address with --node-ip or --san" },
  PIN_MISSING: {
    exit: 2,
    retry: false,
    hint: 'give --discovery-token-ca-cert-hash sha256:… (`certlet token create` and `kubeadm token create --print-join-command` print it); --discovery-token-unsafe-skip-ca-verification does without, and then whoever knows the token can pose as the cluster',
  },
  PIN_MALFORMED: {
    exit: 2,
    retry: false,
    hint: 'a pin is "sha256:" and the 64 hex digits of the SHA-256 of the CA’s public key',
  },
  DISCOVERY_FILE_INVALID: {
    exit: 2,
    retry: false,
    hint: 'a discovery file is a kubeconfig with the cluster’s https:// address and its CA',
  },
  DISCOVERY_FILE_REFUSED: {
    exit: 5,
    retry: false,
    hint: 'fetch the file by other means, look at it, and give its path to --discovery-file',
  },
  ENDPOINT_UNKNOWN: { exit: 5, retry: false, hint: 'check the HOST of the command line, and this machine’s DNS' },
  CLUSTER_INFO_MISSING: {
    exit: 5,
    retry: false,
    hint: 'kubeadm makes it (`kubeadm init phase bootstrap-token`); without it, join with --discovery-file, or with a bootstrap kubeconfig and `certlet bootstrap`',
  },
  CLUSTER_INFO_FORBIDDEN: {
    exit: 5,
    retry: false,
    hint: 'new nodes read it without a credential: let an administrator run `certlet rbac | kubectl apply -f -`, or join with --discovery-file if the API server refuses anonymous requests altogether',
  },
  CLUSTER_INFO_INVALID: {
    exit: 5,
    retry: false,
    hint: 'look at it with `kubectl -n kube-public get configmap cluster-info -o yaml`; kubeadm makes a new one (`kubeadm init phase bootstrap-token`)',
  },
  CLUSTER_INFO_CHANGED: {
    exit: 5,
    retry: false,
    hint: 'run it again; if it happens again, somebody between here and the API server changes what it says',
  },
  TOKEN_NOT_SIGNED: {
    exit: 6,
    retry: false,
    hint: 'make a new token with `certlet token create` or `kubeadm token create`, or join with --discovery-file',
  },
  TOKEN_SIGNATURE_WRONG: {
    exit: 6,
    retry: false,
    hint: 'compare the token with the one that was made; if it is the same, do not trust whoever answers on that address',
  },
  TOKEN_EXISTS: {
    exit: 3,
    retry: false,
    hint: 'take another token id, or delete that one first: certlet token delete ID',
  },
  TOKEN_UNKNOWN: { exit: 3, retry: false, hint: 'see which there are: certlet token list' },
  ADMIN_KUBECONFIG_MISSING: {
    exit: 2,
    retry: false,
    hint: 'this needs an administrator’s kubeconfig, from a control-plane node or where kubectl works: name it with --kubeconfig',
  },
  CA_NOT_PINNED: {
    exit: 5,
    retry: false,
    hint: 'compare the pin with the one that `certlet token create` prints; if it is right, another cluster answers on that address',
  },
  CA_DIFFERS: {
    exit: 2,
    retry: false,
    hint: 'if that file is left over from another cluster, move it away; else this is not the cluster of this node; --ca-cert names another place',
  },
  CA_NOT_PUBLISHED: {
    exit: 6,
    retry: false,
    hint: 'look where the cluster publishes the CA of its API server, or do without --refresh-ca',
  },
  NODE_EXISTS: {
    exit: 3,
    retry: false,
    hint: 'give this machine another name with --hostname-override; if it is the one that has been set up anew, join with --replace',
  },
  JOINED_ELSEWHERE: {
    exit: 2,
    retry: false,
    hint: 'if this machine is to leave that cluster, move the kubeconfig and the certificate folder away, then join',
  },
  CSR_DENIED: {
    exit: 3,
    retry: false,
    hint: 'ask an approver for the reason; once the denied request is deleted (or cleaned up after an hour), run certlet again',
  },
  CSR_FAILED: {
    exit: 3,
    retry: false,
    hint: 'the signer refused this request; once the object is deleted (or cleaned up after an hour), run certlet again',
  },
  CSR_PENDING: {
    exit: 4,
    retry: true,
    hint: 'the request and its key stay; run certlet again to go on with the same request',
  },
  NOT_IN_PLACE: {
    exit: 4,
    retry: true,
    hint: '`certlet status` shows how it stands; `certlet run` or `certlet bootstrap` has to bring it about',
  },
  API_UNREACHABLE: {
    exit: 5,
    retry: true,
    hint: 'check the server address in the kubeconfig, the network and any proxy',
  },
  API_NAME_UNKNOWN: { exit: 5, retry: true, hint: 'check the server name in the kubeconfig and this machine’s DNS' },
  API_TIMEOUT: {
    exit: 5,
    retry: true,
    hint: 'something between here and the API server drops packets, or the server is overloaded',
  },
  API_CA_MISMATCH: {
    exit: 5,
    retry: false,
    hint: 'the certificate authority in the kubeconfig is not the one of this server: take a new bootstrap kubeconfig, give the new CA to `certlet run` with --ca-file, or look who answers on that address',
  },
  API_NAME_MISMATCH: {
    exit: 5,
    retry: false,
    hint: 'use a server name that its certificate bears, or set tls-server-name in the kubeconfig',
  },
  API_CERTIFICATE_DATES: {
    exit: 5,
    retry: false,
    hint: 'compare this machine’s clock with the server’s, then the certificate’s dates',
  },
  API_TLS: { exit: 5, retry: false, hint: 'check that the address is an https port of a Kubernetes API server' },
  API_BUSY: {
    exit: 5,
    retry: true,
    hint: 'the API server asks clients to slow down; certlet waits as long as it is told to',
  },
  API_ERROR: { exit: 5, retry: true, hint: 'look at the API server and its etcd' },
  API_UNEXPECTED: {
    exit: 5,
    retry: false,
    hint: 'check that the address is a Kubernetes API server, and no proxy answers for it',
  },
  API_NOT_FOUND: {
    exit: 5,
    retry: false,
    hint: 'certlet needs the certificates.k8s.io/v1 API (Kubernetes 1.19 or later) at this address',
  },
  UNAUTHORIZED: {
    exit: 6,
    retry: false,
    hint: 'the API server does not tell what is wrong with a token: it may be unknown or deleted, its second half may differ, it may have expired, or its Secret may lack usage-bootstrap-authentication "true" or name a malformed extra group (kube-apiserver -v=3 logs which); make a new one with `kubeadm token create`',
  },
  FORBIDDEN: { exit: 6, retry: false, hint: 'let an administrator grant the missing right' },
  REQUEST_INVALID: {
    exit: 3,
    retry: false,
    hint: 'the API server refuses the request as it stands; see the causes above',
  },
  REQUEST_CONFLICT: { exit: 3, retry: false, hint: 'another request holds this name; run certlet again' },
  CREDENTIAL_PLUGIN: {
    exit: 6,
    retry: false,
    hint: 'run the exec command of the kubeconfig by hand and see what it says',
  },
  CERTIFICATE_REFUSED: {
    exit: 9,
    retry: false,
    hint: 'the signer issued something else than was asked for: look at the request with `kubectl get csr -o yaml`',
  },
  PROOF_FAILED: {
    exit: 9,
    retry: false,
    hint: 'the API server must trust the CA that signs node certificates (--client-ca-file)',
  },
  DISK_FULL: { exit: 7, retry: true, hint: 'make room on that file system' },
  DISK_READ_ONLY: {
    exit: 7,
    retry: false,
    hint: 'mount it writable, or choose other places with --cert-dir and --kubeconfig',
  },
  DISK_NOT_WRITABLE: {
    exit: 7,
    retry: false,
    hint: 'run as root, or choose other places with --cert-dir and --kubeconfig',
  },
  DISK_FOREIGN: {
    exit: 7,
    retry: false,
    hint: 'look at who put it there; certlet writes only over its own and the kubelet’s files, and as root only in folders of root',
  },
  DISK_ERROR: { exit: 7, retry: true, hint: 'look at the kernel log and the state of that file system' },
  LOCKED: { exit: 8, retry: true, hint: 'wait until the other certlet has finished, or stop it' },
  DAEMON_SILENT: {
    exit: 8,
    retry: true,
    hint: 'look at its log (journalctl -u certlet); SIGHUP rotates, a restart loses nothing',
  },
  INTERRUPTED: { exit: 130, retry: true, hint: 'nothing is lost; run certlet again to go on with the same request' },
  INTERNAL: { exit: 1, retry: false, hint: 'this is a defect in certlet: please report it with the lines above' },
} as const satisfies Record<string, { exit: number; retry: boolean; hint: string }>

export type FailureCode = keyof typeof failures

/** The one error type of certlet. Foreign errors are translated where they enter (`kube/`, `store/`). */
export class CertletError extends Error {
  override readonly name = 'CertletError'
  readonly code: FailureCode
  /** How long the server asks to be left alone, ms. */
  readonly retryAfterMs: number | undefined
  /** What the operator can do; the code's own hint unless the place that failed knows better. */
  readonly hint: string

  /** @param message - what was attempted and what was found. Never a token, a key or a response body. */
  constructor(
    code: FailureCode,
    message: string,
    options: { cause?: unknown; hint?: string; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.hint = options.hint ?? failures[code].hint
  }

  /** Whether the same attempt may succeed later without anybody changing anything on this node. */
  get retry(): boolean {
    return failures[this.code].retry
  }
}

/** Marks a case that the compiler has shown to be impossible; a new member of a closed union does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new CertletError('INTERNAL', `Unexpected value ${JSON.stringify(value)}`)
}
