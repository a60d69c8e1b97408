import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holds } from '../../src/kubeconfig/ca-bundle.ts'
import { readClientKubeconfig } from '../../src/kubeconfig/client-kubeconfig.ts'
import { startLab } from '../../src/lab/index.ts'
import { caReader } from '../support/ca-reader.ts'
import { certlet, csrs, secret, start, until } from '../support/command.ts'

const ROOT_CA = '/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt'

describe('certlet run --refresh-ca', () => {
  it('is refused beside --ca-file', async () => {
    const { code, stderr } = await certlet(['run', '--refresh-ca', 'configmap', '--ca-file', '/ca.crt'])
    assert.equal(code, 78)
    assert.match(stderr, /--ca-file and --refresh-ca both say what CA the kubeconfig is to have: give one/)
  })
})

describe('certlet run while a cluster changes the CA of its API server', () => {
  it('goes from the old one by way of both to the new one without a failed request', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'certlet-test-'))
    const path = (name: string): string => join(dir, name)
    // The API server's next certificate and its CA; the CA of client certificates stays.
    const next = await startLab({ pkiDir: path('next') })
    const fresh = next.caPem
    await next.close()
    let lab = await startLab({ pkiDir: path('old'), stateDir: path('state'), objects: caReader('kube-system') })
    try {
      secret(lab.token)
      const { url, caPem: old } = lab
      const publish = async (pem: string): Promise<void> => {
        const { body } = await lab.admin('GET', ROOT_CA)
        const changed = { ...(body as object), data: { 'ca.crt': pem } }
        assert.equal((await lab.admin('PUT', ROOT_CA, changed)).status, 200)
      }
      const trusts = (pem: string): boolean => {
        const read = readClientKubeconfig(path('kubelet.conf'))
        return read.kind === 'readable' && holds(read.server.caPem ?? '', pem)
      }
      writeFileSync(path('bootstrap.conf'), lab.bootstrapKubeconfig(), { mode: 0o600 })
      const files = ['--bootstrap-kubeconfig', path('bootstrap.conf'), '--kubeconfig', path('kubelet.conf')]
      const { child, done } = start([
        ...['run', ...files, '--cert-dir', path('pki'), '--hostname-override', 'n1'],
        ...['--refresh-ca', 'configmap', '--log-format', 'json'],
      ])
      await until(() => !existsSync(path('bootstrap.conf')), 'the first credential')

      await publish(old + fresh)
      child.kill('SIGHUP')
      await until(() => trusts(old) && trusts(fresh), 'the bundle of both')

      await lab.close()
      mkdirSync(path('changed'))
      for (const name of ['ca.crt', 'ca.key']) copyFileSync(path(`old/${name}`), path(`changed/${name}`))
      for (const name of ['apiserver.crt', 'apiserver.key']) copyFileSync(path(`next/${name}`), path(`changed/${name}`))
      lab = await startLab({ pkiDir: path('changed'), stateDir: path('state'), port: Number(new URL(url).port) })
      await publish(fresh)
      child.kill('SIGHUP')
      await until(() => !trusts(old) && trusts(fresh), 'the new one alone')
      child.kill('SIGHUP')
      await until(async () => (await csrs(lab)).length === 4, 'a rotation by the new one')
      await until(() => !existsSync(path('pki/kubelet-client.key.tmp')), 'its end')

      child.kill('SIGTERM')
      const { code, stderr } = await done
      assert.equal(code, 0, stderr)
      assert.doesNotMatch(stderr, /"level":"(warn|error)"/)
      const failed = lab.requests.filter(({ status }) => status >= 400)
      assert.deepEqual(failed, [])
    } finally {
      await lab.close()
      rmSync(dir, { recursive: true, force: true })
    }
  }).timeout(30_000)
})
