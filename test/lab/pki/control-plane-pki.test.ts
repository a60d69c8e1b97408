import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type Lab, startLab } from '../../../src/lab/index.ts'
import { createAuthority } from '../../../src/lab/pki/authority.ts'
import { controlPlanePki } from '../../../src/lab/pki/control-plane-pki.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { send, sendAsAdmin } from '../../support/lab-client.ts'
import { CSRS } from '../../support/lab-requests.ts'

const PAIRS = [
  'ca',
  'front-proxy-ca',
  'apiserver',
  'apiserver-kubelet-client',
  'front-proxy-client',
  'admin',
  'controller-manager',
  'scheduler',
]
const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined

describe('a PKI folder', () => {
  const folder = temporaryFolder()
  const options = { now: new Date(), hostName: 'cp1' }
  const content = (name: string): string => readFileSync(folder.file(name), 'utf8')

  it('gets everything that kubeadm makes, keys for the owner alone', async () => {
    await controlPlanePki(folder.path, options)
    const files = [...PAIRS.flatMap((name) => [`${name}.crt`, `${name}.key`]), 'sa.key', 'sa.pub']
    assert.deepEqual(readdirSync(folder.path).sort(), files.sort())
    for (const name of files) {
      assert.equal(statSync(folder.file(name)).mode & 0o777, name.endsWith('.key') ? 0o600 : 0o644, name)
    }
    for (const [name, subject] of [
      ['apiserver', 'CN=kube-apiserver'],
      ['apiserver-kubelet-client', 'O=system:masters\nCN=kube-apiserver-kubelet-client'],
      ['front-proxy-client', 'CN=front-proxy-client'],
      ['admin', 'O=system:masters\nCN=kubernetes-admin'],
      ['controller-manager', 'CN=system:kube-controller-manager'],
      ['scheduler', 'CN=system:kube-scheduler'],
    ] as const) {
      assert.equal(new X509Certificate(content(`${name}.crt`)).subject, subject)
    }
    const names = new X509Certificate(content('apiserver.crt')).subjectAltName ?? ''
    for (const name of ['kubernetes', 'kubernetes.default.svc.cluster.local', 'cp1', '10.96.0.1', '127.0.0.1'])
      assert.match(names, new RegExp(`:${name}(,|$)`))
  })

  it('is verified by openssl', async function () {
    if (!has('openssl')) this.skip()
    await controlPlanePki(folder.path, options)
    const verify = (ca: string, purpose: string, name: string): string =>
      execFileSync('openssl', [
        ...['verify', '-x509_strict', '-CAfile', folder.file(`${ca}.crt`), '-purpose', purpose],
        folder.file(`${name}.crt`),
      ]).toString()
    assert.match(verify('ca', 'sslserver', 'apiserver'), /OK/)
    for (const name of ['admin', 'apiserver-kubelet-client', 'controller-manager', 'scheduler'])
      assert.match(verify('ca', 'sslclient', name), /OK/)
    assert.match(verify('front-proxy-ca', 'sslclient', 'front-proxy-client'), /OK/)
  })

  it('stays as it is the next time', async () => {
    await controlPlanePki(folder.path, options)
    const before = readdirSync(folder.path).map((name) => [name, content(name)])
    await controlPlanePki(folder.path, options)
    assert.deepEqual(
      readdirSync(folder.path).map((name) => [name, content(name)]),
      before,
    )
  })

  it('gets a certificate for a key that is alone, as a crash may leave it', async () => {
    await controlPlanePki(folder.path, options)
    const key = content('ca.key')
    for (const name of readdirSync(folder.path)) if (name !== 'ca.key') rmSync(folder.file(name))
    const { ca } = await controlPlanePki(folder.path, options)
    assert.equal(content('ca.key'), key)
    assert.equal(ca.keyPem, key)
  })

  for (const { title, key, format } of [
    {
      title: 'an EC key in SEC1',
      key: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
      format: 'sec1',
    },
    {
      title: 'an EC key in PKCS#8',
      key: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
      format: 'pkcs8',
    },
    {
      title: 'an RSA key in PKCS#1',
      key: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
      format: 'pkcs1',
    },
    {
      title: 'an RSA key in PKCS#8',
      key: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
      format: 'pkcs8',
    },
  ] satisfies { title: string; key: () => KeyObject; format: 'sec1' | 'pkcs1' | 'pkcs8' }[]) {
    it(`may hold a CA with ${title}, and the lab serves and signs with it`, async () => {
      const pem = key().export({ type: format, format: 'pem' })
      const { certificatePem } = await createAuthority('mine', new Date(), pem)
      writeFileSync(folder.file('ca.key'), pem, { mode: 0o600 })
      writeFileSync(folder.file('ca.crt'), certificatePem)
      await using lab = await startLab({ pkiDir: folder.path })
      assert.equal(lab.caPem, certificatePem)
      assert.equal((await sendAsAdmin(lab, 'GET', CSRS)).status, 200)
      assert.equal(content('ca.key'), pem)
    })
  }

  it('that is only to be read is left alone, and what is missing is made in memory and said so', async () => {
    await controlPlanePki(folder.path, options)
    for (const name of readdirSync(folder.path)) if (!/^(ca|admin)\./.test(name)) rmSync(folder.file(name))
    chmodSync(folder.path, 0o555)
    try {
      await using lab = await startLab({ pkiDir: folder.path })
      assert.equal((await sendAsAdmin(lab, 'GET', CSRS)).status, 200)
      assert.deepEqual(readdirSync(folder.path).sort(), ['admin.crt', 'admin.key', 'ca.crt', 'ca.key'])
      assert.equal(lab.notices.length, 1)
      assert.match(
        lab.notices[0] ?? '',
        /only to be read: made in memory are apiserver-kubelet-client\.crt, .*sa\.pub, scheduler/,
      )
    } finally {
      chmodSync(folder.path, 0o755)
    }
  })

  it('may hold an API server’s certificate without the CA that issued it', async function () {
    if (!has('openssl')) this.skip()
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=mine'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', folder.file('apiserver.key')],
        ...['-out', folder.file('apiserver.crt')],
      ],
      { stdio: 'ignore' },
    )
    await using lab = await startLab({ pkiDir: folder.path })
    assert.equal((await send(lab, 'GET', CSRS)).status, 200)
    assert.match(lab.notices.join('\n'), /apiserver\.crt is not from ca\.crt/)
  })

  for (const { title, spoil, want } of [
    {
      title: 'a certificate without its key',
      spoil: () => {
        rmSync(folder.file('admin.key'))
      },
      want: /admin\.crt: its key is missing$/,
    },
    {
      title: 'another certificate’s key',
      spoil: () => {
        cpSync(folder.file('scheduler.key'), folder.file('admin.key'))
      },
      want: /admin\.crt: the key beside it belongs to another certificate$/,
    },
    {
      title: 'a CA that is none',
      spoil: () => {
        for (const end of ['crt', 'key']) cpSync(folder.file(`admin.${end}`), folder.file(`ca.${end}`))
      },
      want: /ca\.crt: the certificate is not that of a certificate authority$/,
    },
    {
      title: 'an encrypted key',
      spoil: () => {
        const pem = createPrivateKey(content('ca.key')).export({
          type: 'pkcs8',
          format: 'pem',
          cipher: 'aes-256-cbc',
          passphrase: 'x',
        })
        writeFileSync(folder.file('ca.key'), pem)
      },
      want: /Cannot use .+ca\.crt: /,
    },
    {
      title: 'what is no certificate',
      spoil: () => {
        writeFileSync(folder.file('apiserver.crt'), 'nothing')
      },
      want: /Cannot use .+apiserver\.crt: /,
    },
  ]) {
    it(`is refused for ${title}, by the file’s name`, async () => {
      await controlPlanePki(folder.path, options)
      spoil()
      await assert.rejects(startLab({ pkiDir: folder.path }), (error: Error) => {
        assert.ok(error instanceof TypeError)
        assert.match(error.message, want)
        return true
      })
    })
  }
})

describe('the lab with a PKI folder', () => {
  const folder = temporaryFolder()

  it('answers curl with the certificates that are there', async function () {
    if (!has('curl')) this.skip()
    await using lab = await startLab({ pkiDir: folder.path })
    for (const [name, path, want] of [
      ['admin', '/api/v1/nodes', 200],
      ['apiserver-kubelet-client', '/api/v1/nodes', 200],
      ['front-proxy-client', '/api/v1/nodes', 401],
    ] as const) {
      assert.equal(await curl(lab, name, path), want, name)
    }
  })

  async function curl(lab: Lab, name: string, path: string): Promise<number> {
    const { execFile } = await import('node:child_process')
    const { promisify } = await import('node:util')
    const pair = ['--cert', folder.file(`${name}.crt`), '--key', folder.file(`${name}.key`)]
    const { stdout } = await promisify(execFile)('curl', [
      ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', folder.file('ca.crt'), ...pair],
      lab.url + path,
    ])
    return Number(stdout)
  }

  it('names further hosts in the certificate of the API server that it makes', async () => {
    mkdirSync(folder.file('pki'))
    await using lab = await startLab({ pkiDir: folder.file('pki'), names: ['api.example.com', '10.1.2.3'] })
    assert.ok(lab.url)
    const certificate = new X509Certificate(readFileSync(folder.file('pki/apiserver.crt'), 'utf8'))
    assert.ok(certificate.checkHost('api.example.com') && certificate.checkIP('10.1.2.3'))
  })
})
