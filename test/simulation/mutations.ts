import type { SourceChange } from './hooks.ts'

/** A mistake that somebody could have made, as a change to the sources. The simulation has to find it. */
export interface Mutation {
  readonly name: string
  readonly changes: readonly SourceChange[]
}

const change = (file: string, from: string, to: string): SourceChange => ({ file, from, to })

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the token is deleted before the request is made',
    changes: [
      change(
        'agent/client-loop.ts',
        'const { proof, ...made } = await requestCredential(',
        'removeSource(source)\n        const { proof, ...made } = await requestCredential(',
      ),
    ],
  },
  {
    name: 'the token is deleted although the credential was refused',
    changes: [change('agent/client-loop.ts', "if (proof.kind === 'refused') return\n", '\n')],
  },
  {
    name: 'the token is deleted before the kubeconfig is safe on disk',
    changes: [change('agent/remove-bootstrap.ts', 'syncDirectory(dirname(kubeconfigPath))', '')],
  },
  {
    name: 'a file is renamed before its content is synced',
    changes: [change('store/replace-file.ts', 'if (durable) fsyncSync(fd)', '')],
  },
  {
    name: 'a rename is not synced',
    changes: [change('store/replace-file.ts', 'if (durable) syncDirectory(dirname(path))', '')],
  },
  {
    name: 'what stands there is removed before the draft takes its name',
    changes: [
      change(
        'store/replace-file.ts',
        'make(draft)\n      renameSync(draft, path)',
        'make(draft)\n      rmSync(path, { force: true })\n      renameSync(draft, path)',
      ),
    ],
  },
  {
    name: 'a request is sent before its key is saved',
    changes: [change('agent/pending-key.ts', 'store.writePendingKey(keyPair.privateKeyPem)\n', '\n')],
  },
  {
    name: 'a pending key that is found is taken to be safe on disk',
    changes: [change('agent/pending-key.ts', 'task.store.securePendingKey()\n', '\n')],
  },
  {
    name: 'a folder that is found is taken to be safe on disk',
    changes: [
      change('store/replace-file.ts', '      secureName(path)\n      return', '      void secureName\n      return'),
    ],
  },
  {
    name: 'each restart makes a new request',
    changes: [
      change(
        'agent/pending-key.ts',
        'if (!found) return newPendingRequest(wish, task)',
        'return newPendingRequest(wish, task)\n  // @ts-ignore\n  if (!found) return newPendingRequest(wish, task)',
      ),
    ],
  },
  {
    name: 'a request of ours that is found again is not taken for ours',
    changes: [change('csr/submit.ts', "why === undefined ? { kind: 'adopted'", "why === '' ? { kind: 'adopted'")],
  },
  {
    name: 'the pending key goes before the pair is written',
    changes: [
      change(
        'agent/client-steps.ts',
        'const path = store.commit(',
        'store.removePendingKey()\n  const path = store.commit(',
      ),
    ],
  },
  {
    name: 'a run that ended after the switch is taken for one that waits',
    changes: [
      change('agent/client-look.ts', "const unfinished = used.kind === 'usable' &&", 'const unfinished = false &&'),
    ],
  },
  {
    name: 'a new pair is put in use before it is proven',
    changes: [
      change(
        'agent/client-steps.ts',
        'const proof = await proveInMemory(task, server, pairOf(obtained))',
        'commit(task, obtained)\n  const proof = await proveInMemory(task, server, pairOf(obtained))',
      ),
    ],
  },
  {
    name: 'the kubeconfig is written before the pair',
    changes: [
      change(
        'agent/client-steps.ts',
        'const pair = commit(task, obtained)\n  writeKubeconfig(task, bootstrap.server)',
        'writeKubeconfig(task, bootstrap.server)\n  const pair = commit(task, obtained)',
      ),
    ],
  },
  {
    name: 'keys can be read by everybody',
    changes: [
      change(
        'store/credential-store.ts',
        'replaceFile(pendingPath, pem, 0o600)',
        'replaceFile(pendingPath, pem, 0o644)',
      ),
    ],
  },
  {
    name: 'a certificate for any key is accepted',
    changes: [
      change(
        'csr/issued-certificate.ts',
        'chain.find((certificate) => bearsKey(certificate, expected.spki))',
        'chain.find((certificate) => bearsKey(certificate, expected.spki) || true)',
      ),
    ],
  },
  {
    name: 'a certificate for any name is accepted',
    changes: [
      change(
        'csr/issued-certificate.ts',
        'if (leaf.commonName !== identity.commonName)',
        'if (leaf.commonName === "")',
      ),
    ],
  },
  {
    name: 'a certificate of any organization is accepted',
    changes: [
      change(
        'csr/issued-certificate.ts',
        'if (leaf.organization.length !== 1 || leaf.organization[0] !== identity.organization)',
        'if (leaf.organization.length !== 1)',
      ),
    ],
  },
  {
    name: 'a certificate for any usage is accepted',
    changes: [change('csr/issued-certificate.ts', 'brokenUsage(leaf, expected.purpose) ?? brokenNames', 'brokenNames')],
  },
  {
    name: 'a certificate without its names is accepted',
    changes: [change('csr/issued-certificate.ts', 'if (missing.length > 0) return', 'if (missing.length > 99) return')],
  },
  {
    name: 'a certificate that has expired is accepted',
    changes: [change('csr/issued-certificate.ts', '=> now > notAfter)', '=> now < notAfter && now > notAfter)')],
  },
  {
    name: 'a certificate that is not valid yet is put in use',
    changes: [change('agent/obtain.ts', 'if (!issued.notYetValid) return issued', 'return issued')],
  },
  {
    name: 'a copied disk is not noticed',
    changes: [
      change(
        'store/key-bindings.ts',
        'owner !== undefined && owner !== machine',
        'owner === machine && owner !== machine',
      ),
    ],
  },
  {
    name: 'new keys are not bound to the machine',
    changes: [change('agent/pending-key.ts', 'bindings.bind(keyPair.privateKeyPem)', 'void bindings')],
  },
  {
    name: 'the folder is not locked',
    changes: [
      change(
        'agent/run.ts',
        'const lock = await lockFolder(settings.certDir)',
        'void lockFolder\n  const lock = { release: () => undefined }',
      ),
    ],
  },
  {
    name: 'rotation is due after the end',
    changes: [change('agent/rotation.ts', '0.7 + 0.2 * draw', '1.1 + 0.2 * draw')],
  },
  {
    name: 'a certificate that is due when it comes is replaced at once',
    changes: [
      change('agent/rotation-due.ts', 'kept?.serial === serial ? kept.until', 'kept?.serial === null ? kept.until'),
    ],
  },
  {
    name: 'a failure is tried again without a pause',
    changes: [
      change('backoff.ts', 'return Math.round(retryAfterMs + draw * bound)', 'return 0 * bound * draw * retryAfterMs'),
    ],
  },
  {
    name: 'a watch that has gone silent is waited for',
    changes: [
      change(
        'kube/watch.ts',
        '    () => {\n      overdue.abort()\n    },\n    () => undefined,',
        '    () => undefined,\n    () => undefined,',
      ),
    ],
  },
  {
    name: 'a credential that the server refuses is kept',
    changes: [
      change(
        'agent/next-step.ts',
        "if (standing.kind === 'refused') return",
        "if (standing.kind === 'refused' && kubeconfig.kind === 'absent') return",
      ),
    ],
  },
  {
    name: 'a certificate that the server refuses is taken up again',
    changes: [change('agent/client-steps.ts', 'task.store.removePendingKey()\n    throw', 'throw')],
  },
  {
    name: 'another address is not noticed',
    changes: [change('agent/next-serving-step.ts', 'if (missing.length > 0) return', 'if (missing.length > 9) return')],
  },
  {
    name: 'drafts of a process that was killed stay',
    changes: [
      change(
        'store/replace-file.ts',
        'for (const name of drafts) rmSync',
        'for (const name of drafts.slice(0, 0)) rmSync',
      ),
    ],
  },
  {
    name: 'all pairs are kept',
    changes: [
      change(
        'store/credential-store.ts',
        'superfluous.forEach(removeFile)',
        'superfluous.slice(0, 0).forEach(removeFile)',
      ),
    ],
  },
]
