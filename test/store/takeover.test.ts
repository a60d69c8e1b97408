import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { load } from 'js-yaml'
import { renderClientKubeconfig } from '../../src/kubeconfig/client-kubeconfig.ts'
import { openCredentialStore, type CredentialStore } from '../../src/store/credential-store.ts'
import type { Pair } from '../../src/store/pair.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'

/**
 * A kubelet's reading of a folder, written down apart from certlet's own. Source: client-go util/certificate, certificate_store.go,
 * Current; pkg/kubelet/certificate/bootstrap/bootstrap.go, isClientConfigStillValid.
 */
const kubelet = {
  pair(text: string, keyText = text): { serial: string } {
    const certificate = new X509Certificate(text)
    assert.ok(certificate.checkPrivateKey(createPrivateKey(keyText)))
    return { serial: certificate.serialNumber }
  },
  current(folder: string, prefix: string): { serial: string } {
    const path = (suffix: string): string => join(folder, prefix + suffix)
    if (existsSync(path('-current.pem'))) {
      assert.ok(lstatSync(path('-current.pem')).isSymbolicLink())
      assert.ok(isAbsolute(readlinkSync(path('-current.pem'))))
      return kubelet.pair(readFileSync(path('-current.pem'), 'utf8'))
    }
    return kubelet.pair(readFileSync(path('.crt'), 'utf8'), readFileSync(path('.key'), 'utf8'))
  },
  kubeconfig(path: string): { serial: string; server: string } {
    interface Document {
      clusters: { name: string; cluster: { server: string } }[]
      contexts: { name: string; context: { cluster: string; user: string } }[]
      'current-context': string
      users: { name: string; user: { 'client-certificate': string; 'client-key': string } }[]
    }
    const document = load(readFileSync(path, 'utf8')) as Document
    const context = document.contexts.find(({ name }) => name === document['current-context'])?.context
    const user = document.users.find(({ name }) => name === context?.user)?.user
    const cluster = document.clusters.find(({ name }) => name === context?.cluster)?.cluster
    assert.ok(user && cluster)
    const text = (file: string): string => readFileSync(file, 'utf8')
    return { ...kubelet.pair(text(user['client-certificate']), text(user['client-key'])), server: cluster.server }
  },
}

describe('takeover between certlet and a kubelet', () => {
  const folder = temporaryFolder()
  const now = new Date('2026-01-02T03:04:05Z')
  const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber
  const open = (purpose: 'client' | 'serving' = 'client'): CredentialStore =>
    openCredentialStore({ directory: folder.path, purpose, uid: process.getuid?.() ?? 0 })
  const found = (purpose?: 'client' | 'serving'): string => {
    const current = open(purpose).readCurrent()
    if (!current || current.broken !== undefined) assert.fail(current?.broken ?? 'there is none')
    return serialOf(current.certificatePem)
  }
  const dated = (name: string, { certificatePem, privateKeyPem }: Pair): string => {
    writeFileSync(folder.file(name), certificatePem + privateKeyPem, { mode: 0o600 })
    return folder.file(name)
  }

  for (const [purpose, prefix] of [
    ['client', 'kubelet-client'],
    ['serving', 'kubelet-server'],
  ] as const) {
    it(`a kubelet finds the ${purpose} pair that certlet wrote, and the next one`, async () => {
      for (const pair of [await makePair(), await makePair()]) {
        open(purpose).commit({ ...pair, now })
        assert.equal(kubelet.current(folder.path, prefix).serial, serialOf(pair.certificatePem))
      }
    })
  }

  it('a kubelet finds pair and server by the kubeconfig that certlet wrote', async () => {
    const pair = await makePair()
    const store = open()
    store.commit({ ...pair, now })
    const server = { url: 'https://10.0.0.1:6443', skipTlsVerify: false }
    writeFileSync(folder.file('kubelet.conf'), renderClientKubeconfig(server, store.currentPath))
    assert.deepEqual(kubelet.kubeconfig(folder.file('kubelet.conf')), {
      serial: serialOf(pair.certificatePem),
      server: server.url,
    })
  })

  it('certlet finds the dated pair that a kubelet’s link names, not a newer one', async () => {
    const pair = await makePair()
    const path = dated('kubelet-client-2025-06-01-10-00-00.pem', pair)
    dated('kubelet-client-2025-07-01-10-00-00.pem', await makePair())
    symlinkSync(path, folder.file('kubelet-client-current.pem'))
    assert.equal(found(), serialOf(pair.certificatePem))
  })

  it('certlet finishes a switch between whose two steps a kubelet was killed', async () => {
    const pair = await makePair()
    const path = dated('kubelet-server-2025-06-01-10-00-00.pem', pair)
    symlinkSync(path, folder.file('kubelet-server-updated.pem'))
    assert.equal(found('serving'), serialOf(pair.certificatePem))
    assert.equal(kubelet.current(folder.path, 'kubelet-server').serial, serialOf(pair.certificatePem))
  })

  it('certlet and a kubelet read certificate and key in two files alike, and the link before them', async () => {
    const [old, pair] = [await makePair(), await makePair()]
    writeFileSync(folder.file('kubelet-server.crt'), old.certificatePem)
    writeFileSync(folder.file('kubelet-server.key'), old.privateKeyPem, { mode: 0o600 })
    assert.equal(found('serving'), serialOf(old.certificatePem))
    assert.equal(kubelet.current(folder.path, 'kubelet-server').serial, serialOf(old.certificatePem))
    open('serving').commit({ ...pair, now })
    assert.equal(found('serving'), serialOf(pair.certificatePem))
    assert.equal(kubelet.current(folder.path, 'kubelet-server').serial, serialOf(pair.certificatePem))
  })
})
