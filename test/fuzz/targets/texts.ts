/** Files and words that people, kubeadm, cloud-init and other programs write. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { dump } from 'js-yaml'
import { commands } from '../../../src/cli/commands/index.ts'
import { flatCommands } from '../../../src/cli/command.ts'
import { parseBootstrapToken, tokenText } from '../../../src/discovery/bootstrap-token.ts'
import { parsePins, pinText } from '../../../src/discovery/ca-pins.ts'
import { parseDiscoveryFile } from '../../../src/discovery/discovery-file.ts'
import { endpointUrl } from '../../../src/discovery/endpoint.ts'
import { parseDuration } from '../../../src/duration.ts'
import { CertletError } from '../../../src/errors.ts'
import { takeInventory } from '../../../src/inventory/take-inventory.ts'
import { readAdministratorKubeconfig } from '../../../src/kubeconfig/administrator-kubeconfig.ts'
import { renderBootstrapKubeconfig } from '../../../src/kubeconfig/bootstrap-file.ts'
import { readBootstrapKubeconfig } from '../../../src/kubeconfig/bootstrap-kubeconfig.ts'
import { readClientKubeconfig } from '../../../src/kubeconfig/client-kubeconfig.ts'
import { tokenProblem } from '../../../src/kubeconfig/token.ts'
import { encodePem, pemBlocks } from '../../../src/pem.ts'
import { openKeyBindings } from '../../../src/store/key-bindings.ts'
import { readPair } from '../../../src/store/pair.ts'
import { inProcess } from '../../support/in-process.ts'
import { makePair } from '../../support/pair.ts'
import { changed, jsonLike, spoiled } from '../inputs.ts'
import { type Target, target } from '../target.ts'

/** Stands in every text that has a token, and in no message. */
const TOKEN = 'fuzzed.0123456789abcdef'

const KEYS = [
  ...['apiVersion', 'kind', 'clusters', 'cluster', 'contexts', 'context', 'users', 'user', 'name', 'current-context'],
  ...['server', 'certificate-authority', 'certificate-authority-data', 'insecure-skip-tls-verify', 'tls-server-name'],
  ...[
    'proxy-url',
    'token',
    'tokenFile',
    'client-certificate-data',
    'client-key-data',
    'exec',
    'command',
    'args',
    'env',
  ],
]

/** @param folder - for those who read from the disk. */
export async function textTargets(folder: string): Promise<Target[]> {
  const pair = await makePair()
  const file = join(folder, 'fuzzed')
  const written = (text: string): string => {
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const cluster = { server: 'https://127.0.0.1:6443', caPem: pair.certificatePem }
  const withToken = renderBootstrapKubeconfig(cluster, { token: TOKEN })
  const withPair = renderBootstrapKubeconfig(cluster, {
    certificatePem: pair.certificatePem,
    keyPem: pair.privateKeyPem,
  })
  const shape = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: { server: cluster.server, 'certificate-authority-data': 'AA==' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user: { token: TOKEN } }],
  }
  const kubeconfigs = fc.oneof(
    changed(withToken),
    changed(withPair),
    spoiled(shape, KEYS).map((value) => dumped(value)),
  )
  const pems = fc.oneof(changed(pair.certificatePem + pair.privateKeyPem), pemLike)
  const names = flatCommands(commands).flatMap(({ flags }) => Object.keys(flags))

  return [
    target('bootstrap kubeconfig', kubeconfigs, (text) => {
      quietly(() => readBootstrapKubeconfig({ kind: 'stdin', text }, false))
    }),
    target('kubeconfig of the node', kubeconfigs, (text) => {
      const read = readClientKubeconfig(written(text))
      if (read.kind === 'broken') assert.doesNotMatch(read.why, /0123456789abcdef|PRIVATE KEY/)
    }),
    target('administrator’s kubeconfig', kubeconfigs, (text) => {
      quietly(() => readAdministratorKubeconfig(written(text), {}))
    }),
    target('discovery file', kubeconfigs, (text) => {
      quietly(() => parseDiscoveryFile(text, 'from the network', undefined))
    }),
    target('PEM', pems, (text) => {
      for (const { label, der } of pemBlocks(text)) {
        assert.deepEqual(pemBlocks(encodePem(label, der)), [{ label, der }], 'a block is read again as it was')
      }
      const read = readPair(text)
      if (!('broken' in read)) assert.deepEqual(readPair(read.certificatePem + read.privateKeyPem), read)
    }),
    target(
      'configuration',
      fc.oneof(
        changed(dump({ 'cert-dir': '/x', timeout: '5s', san: ['a', 'b'], serving: true })),
        jsonLike(names).map((value) => dumped(value)),
      ),
      async (text) => {
        const { code, text: said } = await inProcess(['run', '--config', written(text), '--print-config']).done
        assert.ok(code === 0 || code === 2 || code === 78, `exit code ${code}: ${said}`)
      },
    ),
    target('files of status PATH', fc.oneof(pems, kubeconfigs), (text) => {
      takeInventory([written(text)], { now: new Date(), margin: { share: 0.1 } })
    }),
    target('which machine a key is of', changed(`SHA256:${'a'.repeat(43)} ${'b'.repeat(64)}\n`), (text) => {
      writeFileSync(join(folder, 'certlet.machine'), text, { mode: 0o600 })
      const bindings = openKeyBindings({ directory: folder, uid: process.getuid?.() ?? 0, machine: 'm' })
      bindings.madeElsewhere(pair.privateKeyPem)
      bindings.bind(pair.privateKeyPem)
      assert.equal(bindings.madeElsewhere(pair.privateKeyPem), false)
    }),
    target(
      'words of the command line',
      fc.oneof(changed(TOKEN), changed(`sha256:${'ab'.repeat(32)}`), changed('[2001:db8::1]:6443'), changed('1h30m')),
      (text) => {
        assert.doesNotMatch(tokenProblem(text) ?? '', /0123456789abcdef/)
        const token = parseBootstrapToken(text)
        if (token) assert.equal(tokenText(token), text)
        parseDuration(text)
        quietly(() => new URL(endpointUrl(text)).port, TYPED)
        quietly(() => {
          assert.equal(pinText(parsePins([text])[0] ?? assert.fail()), text.toLowerCase())
        }, TYPED)
      },
    ),
  ]
}

/** A token that somebody typed is known by its dot: what is before it may have been cut. */
const TYPED = /\.0123456789abcdef/

/** Boundaries and bodies in any order, and very many of them. */
const pemLike = fc
  .tuple(
    fc.array(
      fc.constantFrom(
        '-----BEGIN CERTIFICATE-----\n',
        '-----END CERTIFICATE-----\n',
        '-----BEGIN A-----\r\n',
        '-----END A-----',
        'AAAA\n',
        '\n',
        'Proc-Type: 4\n',
        ' ',
      ),
      { maxLength: 40 },
    ),
    fc.constantFrom(1, 1, 1, 200, 5000),
  )
  .map(([parts, times]) => parts.join('').repeat(times))

/** Runs it; the words of an error may not hold the secret half of the token or a key. */
function quietly(read: () => unknown, secret = /0123456789abcdef|PRIVATE KEY/): void {
  try {
    read()
  } catch (error) {
    if (error instanceof CertletError) assert.doesNotMatch(`${error.message} ${error.hint}`, secret)
    throw error
  }
}

/** As YAML, where it can be written as such. */
function dumped(value: unknown): string {
  try {
    return dump(value, { skipInvalid: true })
  } catch {
    return JSON.stringify(value)
  }
}
