import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type CertificateFinding, type Inventory, inventoryExitCode } from '../../src/inventory/inventory.ts'
import { takeInventory } from '../../src/inventory/take-inventory.ts'
import { checkExitCode, inventoryStandings } from '../../src/status/standing.ts'
import { temporaryFolder } from '../support/folder.ts'
import { ca, client, kubeconfigOf, MADE, pairFiles, server, writeFiles } from '../support/pki-files.ts'

const DAY_MS = 86_400_000
const days = (count: number): Date => new Date(MADE.getTime() + count * DAY_MS)
const take = (paths: readonly string[], now = days(1)): Inventory => takeInventory(paths, { now, margin: { ms: 0 } })
const only = ({ certificates: [first, ...rest] }: Inventory): CertificateFinding => {
  assert.ok(first && rest.length === 0, 'there is one certificate')
  return first
}

describe('the inventory of certificates', () => {
  const folder = temporaryFolder()
  const at = (name: string): string => join(folder.path, name)
  const named = (inventory: Inventory, name: string): CertificateFinding => {
    const found = inventory.certificates.find(({ path }) => path === at(name))
    assert.ok(found, `${name} is there`)
    return found
  }

  it('shows a kubeadm PKI as the sets it holds, with the kubeconfigs beside it', async () => {
    const [cluster, etcd, frontProxy] = await Promise.all([ca(), ca('etcd-ca'), ca('front-proxy-ca')])
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFiles(folder.path, {
      ...pairFiles('pki/ca', cluster),
      ...pairFiles('pki/apiserver', await server(cluster)),
      ...pairFiles('pki/apiserver-etcd-client', await client(etcd)),
      ...pairFiles('pki/front-proxy-ca', frontProxy),
      ...pairFiles('pki/front-proxy-client', await client(frontProxy)),
      ...pairFiles('pki/etcd/ca', etcd),
      ...pairFiles('pki/etcd/server', await server(etcd)),
      'pki/sa.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'pki/sa.pub': publicKey.export({ type: 'spki', format: 'pem' }),
      'admin.conf': kubeconfigOf(cluster, await client(cluster)),
      'other.conf': 'not asked for',
    })
    const found = take([at('pki')])
    const shown = found.certificates.map(({ path, root, use, allows, key, worth }) => [
      relative(folder.path, path),
      root && relative(folder.path, root.path),
      use,
      allows.join(),
      key.kind,
      worth,
    ])
    const sound = ['matches', 'usable']
    assert.deepEqual(
      shown.sort(([one = ''], [other = '']) => one.localeCompare(other, 'en')),
      [
        ['admin.conf', 'pki/ca.crt', undefined, 'client', ...sound],
        ['pki/apiserver-etcd-client.crt', 'pki/etcd/ca.crt', 'API server to etcd', 'client', ...sound],
        ['pki/apiserver.crt', 'pki/ca.crt', 'API server', 'server', ...sound],
        ['pki/ca.crt', 'pki/ca.crt', 'CA of the cluster', 'ca', ...sound],
        ['pki/etcd/ca.crt', 'pki/etcd/ca.crt', 'CA of etcd', 'ca', ...sound],
        ['pki/etcd/server.crt', 'pki/etcd/ca.crt', 'etcd', 'server', ...sound],
        ['pki/front-proxy-ca.crt', 'pki/front-proxy-ca.crt', 'CA of the front proxy', 'ca', ...sound],
        [
          'pki/front-proxy-client.crt',
          'pki/front-proxy-ca.crt',
          'front proxy to extension API servers',
          'client',
          ...sound,
        ],
      ],
    )
    assert.deepEqual(
      found.keys.map(({ path, half, type }) => [relative(folder.path, path), half, type]),
      [
        ['pki/sa.key', 'private', 'RSA 2048'],
        ['pki/sa.pub', 'public', 'RSA 2048'],
      ],
    )
    assert.deepEqual(found.remarks, [])
    assert.deepEqual(named(found, 'pki/ca.crt').alsoAt, [{ path: at('admin.conf'), entry: 'cluster "kubernetes"' }])
    assert.equal(inventoryExitCode(found), 0)
  })

  it('counts an earlier pair of a node for nothing, though it has expired', async () => {
    const cluster = await ca()
    const pair = async (made: Date): Promise<string> => Object.values(await client(cluster, 'n', made)).join('')
    writeFiles(folder.path, {
      'kubelet-client-2026-01-01-00-00-00.pem': await pair(MADE),
      'kubelet-client-2026-12-01-00-00-00.pem': await pair(days(334)),
      'certlet.machine': 'a line',
    })
    symlinkSync(at('kubelet-client-2026-12-01-00-00-00.pem'), at('kubelet-client-current.pem'))
    const found = take([folder.path], days(400))
    assert.equal(named(found, 'kubelet-client-current.pem').worth, 'usable')
    assert.deepEqual(named(found, 'kubelet-client-current.pem').alsoAt, [
      { path: at('kubelet-client-2026-12-01-00-00-00.pem') },
    ])
    assert.equal(named(found, 'kubelet-client-2026-01-01-00-00-00.pem').worth, 'unused')
    assert.equal(inventoryExitCode(found), 0)
    assert.equal(checkExitCode(inventoryStandings(found)), 1)
  })

  it('follows a chain through the other certificates of a file', async () => {
    const [root, stranger] = await Promise.all([ca(), ca('stranger')])
    const leaf = await client(root)
    writeFiles(folder.path, { 'bundle.pem': leaf.certificatePem + stranger.certificatePem + root.certificatePem })
    const [first, , third] = take([at('bundle.pem')]).certificates
    assert.deepEqual(first?.signedBy, {
      kind: 'ca',
      subject: 'CN=kubernetes',
      path: at('bundle.pem'),
      entry: 'certificate 3',
    })
    assert.equal(third?.signedBy.kind, 'itself')
  })

  for (const { title, files, now = days(1), fault } of [
    {
      title: 'has expired',
      files: async () => ({ 'x.crt': (await client(await ca())).certificatePem }),
      now: days(366),
      fault: /^expired at 2027-01-01/,
    },
    {
      title: 'is not valid yet',
      files: async () => ({ 'x.crt': (await client(await ca())).certificatePem }),
      now: days(-1),
      fault: /^not valid before 2025-12-31/,
    },
    {
      title: 'has a key beside it that is another',
      files: async () => ({
        'x.crt': (await client(await ca())).certificatePem,
        'x.key': (await client(await ca())).keyPem,
      }),
      fault: /^the key in .*x\.key is not its key$/,
    },
    {
      title: 'stands in one file with another key',
      files: async () => ({ 'x.crt': (await client(await ca())).certificatePem + (await client(await ca())).keyPem }),
      fault: /^the key in .*x\.crt is not its key$/,
    },
    {
      title: 'is from another CA of the same name',
      files: async () => ({
        'x.crt': (await client(await ca())).certificatePem,
        'ca.crt': (await ca()).certificatePem,
      }),
      fault: /ca\.crt has its issuer’s name, but did not sign it/,
    },
    {
      title: 'cannot be what its name says',
      files: async () => ({ 'etcd/peer.crt': (await client(await ca())).certificatePem }),
      fault: /^its usages do not allow it to be a server$/,
    },
  ])
    it(`says so of a certificate that ${title}`, async () => {
      writeFiles(folder.path, await files())
      const found = take([folder.path], now)
      const faults = found.certificates.flatMap((one) => one.faults)
      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', fault)
      assert.equal(inventoryExitCode(found), 9)
      assert.equal(checkExitCode(inventoryStandings(found)), 0)
    })

  it('says so of a certificate whose CA has expired', async () => {
    const cluster = await ca()
    writeFiles(folder.path, { 'x.crt': (await client(cluster)).certificatePem, 'ca.crt': cluster.certificatePem })
    const { faults } = named(take([folder.path], days(3651)), 'x.crt')
    assert.match(faults.join('\n'), /^its CA, CN=kubernetes: expired at/m)
  })

  it('looks for the key beside a file that is named', async () => {
    writeFiles(folder.path, pairFiles('x', await client(await ca())))
    assert.deepEqual(only(take([at('x.crt')])).key, { kind: 'matches', path: at('x.key') })
  })

  it('reads a certificate without PEM around it', async () => {
    const { certificatePem } = await client(await ca())
    writeFiles(folder.path, { 'x.der': '' })
    const { raw } = new X509Certificate(certificatePem)
    const { writeFileSync } = await import('node:fs')
    writeFileSync(at('x.der'), raw)
    assert.equal(only(take([folder.path])).subject, 'CN=someone')
  })

  it('shows every user and cluster of a kubeconfig, and what each lacks', async () => {
    const cluster = await ca()
    writeFiles(folder.path, {
      conf: `kind: Config
clusters:
- {name: a, cluster: {server: "https://a.example", certificate-authority: ca.crt}}
- {name: b, cluster: {server: "https://root:hunter2@b.example/", insecure-skip-tls-verify: true}}
users:
- {name: path, user: {client-certificate: x.crt, client-key: x.key}}
- {name: gone, user: {client-certificate: gone.crt, client-key: gone.key}}
- {name: token, user: {token: abcdef.0123456789abcdef}}
- {name: exec, user: {exec: {command: get-token}}}
- {name: nothing, user: {}}
`,
      'ca.crt': cluster.certificatePem,
      ...pairFiles('x', await client(cluster)),
    })
    const found = take([at('conf')])
    assert.deepEqual(
      found.certificates.map(({ entry, signedBy, key }) => [entry, signedBy.kind, key.kind]),
      [
        ['cluster "a"', 'itself', 'not here'],
        ['user "path"', 'ca', 'matches'],
      ],
    )
    assert.deepEqual(
      found.others.map(({ entry, what }) => `${entry ?? ''}: ${what}`),
      [
        'cluster "a": https://a.example',
        'cluster "b": https://b.example, whoever answers is believed (insecure-skip-tls-verify)',
        'user "token": the bootstrap token with the id "abcdef"',
        'user "exec": a command that gets the credential (exec)',
      ],
    )
    assert.deepEqual(
      found.remarks.map(({ entry, kind, why }) => [entry, kind, why.replace(folder.path, '')]),
      [
        ['user "gone"', 'broken', 'Cannot read client certificate "/gone.crt": the file does not exist'],
        ['user "nothing"', 'broken', 'it has no credential'],
      ],
    )
    assert.doesNotMatch(JSON.stringify(found), /0123456789abcdef|hunter2|PRIVATE/)
  })

  it('names what is odd with its reason, and drops nothing', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFiles(folder.path, {
      'a.crt': 'nonsense',
      'b.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n',
      'c.key': privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }),
      'd.conf': 'kind: Config\nusers: [',
      'e.txt': 'hello',
      'f.pem': '',
      'g.bin': 'x'.repeat(1024 * 1024 + 1),
    })
    symlinkSync(at('nowhere'), at('h.crt'))
    mkdirSync(at('folder'))
    symlinkSync(at('folder'), at('i'))
    execFileSync('mkfifo', [at('j')])
    const { remarks, others } = take([folder.path])
    const words = remarks.map(({ path, kind, why }) => `${relative(folder.path, path)}: ${kind}: ${why}`).sort()
    assert.deepEqual(words, [
      'a.crt: broken: neither PEM, nor a certificate, nor a kubeconfig',
      'b.crt: broken: 1 of its 1 PEM blocks cannot be decoded',
      'd.conf: broken: it is not YAML at line 2',
      'e.txt: left out: neither PEM, nor a certificate, nor a kubeconfig',
      'f.pem: broken: it is empty',
      'g.bin: left out: larger than 1048576 bytes',
      'h.crt: unreadable: a link that points at nothing',
      'i: left out: a link to a folder; name that folder itself',
      'j: left out: not a file',
    ])
    assert.deepEqual(
      others.map(({ what }) => what),
      ['an encrypted private key, which cannot be compared'],
    )
  })

  it('says so of a service account key whose halves are of two keys', () => {
    const halves = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    writeFiles(folder.path, {
      'sa.key': halves[0]?.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      'sa.pub': halves[1]?.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    })
    const found = take([folder.path])
    assert.match(found.keys.flatMap(({ faults }) => faults).join(), /^it does not belong to .*sa\.key$/)
    assert.equal(inventoryExitCode(found), 9)
  })

  it('has codes for a path that is not there, and for a folder with nothing in it', () => {
    for (const path of [at('nowhere'), folder.path]) {
      const found = take([path])
      assert.equal(inventoryExitCode(found), 4)
      assert.equal(checkExitCode(inventoryStandings(found)), 2)
    }
  })
})
