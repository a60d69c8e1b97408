import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { readClientKubeconfig, renderClientKubeconfig } from '../../src/kubeconfig/client-kubeconfig.ts'
import { loadKubeconfig } from '../../src/kubeconfig/load-kubeconfig.ts'
import { unreadableFile } from '../support/failing-disk.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makePair } from '../support/pair.ts'

describe('kubeconfig of the node', () => {
  const folder = temporaryFolder()
  const server = { url: 'https://10.0.0.1:6443', skipTlsVerify: false }
  const write = (text: string): string => {
    writeFileSync(folder.file('kubelet.conf'), text)
    return folder.file('kubelet.conf')
  }

  it('is read back as it was written', async () => {
    const pair = await makePair()
    writeFileSync(folder.file('pair.pem'), pair.certificatePem + pair.privateKeyPem)
    const read = readClientKubeconfig(write(renderClientKubeconfig(server, folder.file('pair.pem'))))
    assert.ok(read.kind === 'readable')
    assert.equal(read.server.url, server.url)
    assert.ok(read.certificatePem.includes(pair.certificatePem))
  })

  it('row 24: keeps the proxy and the server name, and a CA file rather than its content', () => {
    const more = { caFile: '/ca.crt', caPem: 'pem', proxyUrl: 'http://proxy:3128', tlsServerName: 'kubernetes' }
    const text = renderClientKubeconfig({ ...server, ...more }, '/pair.pem')
    for (const line of [
      'certificate-authority: /ca.crt',
      'proxy-url: http://proxy:3128',
      'tls-server-name: kubernetes',
    ]) {
      assert.ok(text.includes(line), line)
    }
    assert.ok(!text.includes('certificate-authority-data'))
  })

  it('that the disk does not give away is neither absent nor broken: a sound credential may stand there', () => {
    const path = write(renderClientKubeconfig(server, folder.file('pair.pem')))
    writeFileSync(folder.file('pair.pem'), 'pair')
    for (const name of ['kubelet.conf', 'pair.pem']) {
      using _file = unreadableFile(name)
      assert.throws(() => readClientKubeconfig(path), { name: 'CertletError', code: 'DISK_ERROR' }, name)
    }
  })

  it('is loaded with its paths made absolute, or says by a code why not', () => {
    const path = write(renderClientKubeconfig(server, 'pair.pem'))
    assert.equal(loadKubeconfig(path).getCurrentUser()?.certFile, folder.file('pair.pem'))
    assert.throws(() => loadKubeconfig(folder.file('none')), { code: 'KUBECONFIG_MISSING' })
    assert.throws(() => loadKubeconfig(write('{')), { code: 'KUBECONFIG_INVALID' })
    using _file = unreadableFile('kubelet.conf')
    assert.throws(() => loadKubeconfig(path), { code: 'DISK_ERROR' })
  })

  it('is absent or broken, never an error', () => {
    assert.equal(readClientKubeconfig(folder.file('none')).kind, 'absent')
    assert.equal(readClientKubeconfig(write('garbage')).kind, 'broken')
    assert.equal(readClientKubeconfig(write(renderClientKubeconfig(server, folder.file('gone')))).kind, 'broken')
  })
})
