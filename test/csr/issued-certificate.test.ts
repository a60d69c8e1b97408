import assert from 'node:assert/strict'
import type { webcrypto } from 'node:crypto'
import { readCertificates } from '../../src/csr/certificate.ts'
import { checkIssuedCertificate, type Expectation } from '../../src/csr/issued-certificate.ts'
import { cryptoProvider, x509 } from '../../src/identity/crypto-provider.ts'
import { generateKeyPair, type KeyPair } from '../../src/identity/key-pair.ts'
import { encodePem, pemBlocks } from '../../src/pem.ts'
import { webCryptoKeys } from '../support/web-crypto-keys.ts'

type WebCryptoKeys = Awaited<ReturnType<typeof webCryptoKeys>>

interface Authority {
  readonly pem: string
  readonly name: string
  readonly keys: WebCryptoKeys
}

interface Bearer {
  readonly publicKey: CryptoKey
  readonly spki: Uint8Array
}

interface Deviation {
  readonly subject?: string
  readonly keys?: Bearer
  readonly ca?: boolean
  readonly keyUsage?: x509.KeyUsageFlags
  readonly usages?: string[]
  readonly ip?: string
  /** Beside the DNS name and the address. */
  readonly names?: { type: 'dns' | 'ip' | 'email' | 'url' | 'dn'; value: string }[]
  /** Beside what it has anyway. */
  readonly extensions?: x509.Extension[]
  /** Of the signature; SHA-256 otherwise. */
  readonly hash?: string
  readonly from?: string
  readonly to?: string
  readonly issuer?: Authority
}

describe('issued certificate', () => {
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage
  const now = new Date('2026-01-01T00:00:00Z')
  const spoiled = '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n'
  let keys: KeyPair
  let otherKeys: KeyPair
  /** Made where no certlet made it: certlet has no such type of key. */
  let shortRsa: Bearer
  let oddCurve: Bearer
  let ca: Authority
  let namesake: Authority

  async function authority(name: string): Promise<Authority> {
    const own = await webCryptoKeys(await generateKeyPair('ecdsa-p256'))
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      {
        name,
        ...own,
        notBefore: new Date('2020-01-01'),
        notAfter: new Date('2040-01-01'),
        extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
      },
      cryptoProvider,
    )
    return { pem: `${certificate.toString('pem')}\n`, name, keys: own }
  }

  /** A good serving and client certificate, but for what is said. */
  async function issue(but: Deviation = {}): Promise<string> {
    const issuer = but.issuer ?? ca
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject: but.subject ?? 'O=system:nodes, CN=system:node:n1',
        issuer: issuer.name,
        publicKey: (but.keys ?? (await bearer(keys))).publicKey,
        signingKey: issuer.keys.keys.privateKey,
        signingAlgorithm: { ...issuer.keys.signingAlgorithm, ...(but.hash !== undefined && { hash: but.hash }) },
        notBefore: new Date(but.from ?? '2025-12-31'),
        notAfter: new Date(but.to ?? '2026-12-31'),
        extensions: [
          new x509.BasicConstraintsExtension(but.ca ?? false, undefined, true),
          new x509.KeyUsagesExtension(but.keyUsage ?? x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(but.usages ?? [clientAuth, serverAuth]),
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'n1' },
            { type: 'ip', value: but.ip ?? '10.0.0.1' },
            ...(but.names ?? []),
          ]),
          ...(but.extensions ?? []),
        ],
      },
      cryptoProvider,
    )
    return `${certificate.toString('pem')}\n`
  }

  /** The bytes of one certificate, changed. */
  const respelt = (pem: string, change: (der: Uint8Array) => Uint8Array): string =>
    pemBlocks(pem)
      .map(({ label, der }) => encodePem(label, change(der)))
      .join('')
  const behind = (der: Uint8Array): Uint8Array => Buffer.concat([der, Buffer.from('behind')])

  const bearer = async (own: KeyPair): Promise<Bearer> => ({
    publicKey: (await webCryptoKeys(own)).keys.publicKey,
    spki: own.spki,
  })

  async function weak(algorithm: webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams): Promise<Bearer> {
    const { publicKey } = await cryptoProvider.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    return { publicKey, spki: new Uint8Array(await cryptoProvider.subtle.exportKey('spki', publicKey)) }
  }

  const expected = (): Expectation => ({
    spki: keys.spki,
    identity: { nodeName: 'n1', commonName: 'system:node:n1', organization: 'system:nodes' },
    purpose: 'serving',
    subjectAltNames: { dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] },
    noOtherNames: true,
    now,
    signerCaPem: ca.pem,
  })

  before(async () => {
    keys = await generateKeyPair('ecdsa-p256')
    otherKeys = await generateKeyPair('ecdsa-p256')
    const publicExponent = new Uint8Array([1, 0, 1])
    shortRsa = await weak({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent, modulusLength: 1024 })
    oddCurve = await weak({ name: 'ECDSA', namedCurve: 'K-256' })
    ca = await authority('CN=ca')
    namesake = await authority('CN=ca')
  })

  it('is accepted for either purpose when all is as asked', async () => {
    const pem = await issue()
    for (const purpose of ['client', 'serving'] as const) {
      const { notYetValid, commonName } = checkIssuedCertificate({ ...expected(), purpose, pem })
      assert.deepEqual({ notYetValid, commonName }, { notYetValid: false, commonName: 'system:node:n1' })
    }
  })

  it('may keep names that nobody wants any more while it is in use', async () => {
    const pem = await issue({ names: [{ type: 'dns', value: 'n1.old.example' }] })
    assert.ok(checkIssuedCertificate({ ...expected(), noOtherNames: false, pem }))
  })

  const refusals: {
    title: string
    pem: () => string | Promise<string>
    message: RegExp
    /** What was expected otherwise. */
    but?: () => Partial<Expectation>
  }[] = [
    {
      title: 'is for another key',
      pem: () => bearer(otherKeys).then((keys) => issue({ keys })),
      message: /for another key/,
    },
    {
      title: 'has another common name',
      pem: () => issue({ subject: 'O=system:nodes, CN=system:node:n2' }),
      message: /common name is "system:node:n2"/,
    },
    {
      title: 'has another organization',
      pem: () => issue({ subject: 'O=system:masters, CN=system:node:n1' }),
      message: /organization is \["system:masters"\]/,
    },
    {
      title: 'has one organization more',
      pem: () => issue({ subject: 'O=system:nodes, O=system:masters, CN=system:node:n1' }),
      message: /organization is/,
    },
    {
      title: 'has no organization',
      pem: () => issue({ subject: 'CN=system:node:n1' }),
      message: /organization is \[\]/,
    },
    { title: 'is a CA certificate', pem: () => issue({ ca: true }), message: /it is a CA certificate/ },
    {
      title: 'may not sign',
      pem: () => issue({ keyUsage: x509.KeyUsageFlags.keyEncipherment }),
      message: /lacks digital signature/,
    },
    { title: 'is for clients only', pem: () => issue({ usages: [clientAuth] }), message: /lacks server auth/ },
    {
      title: 'is for servers only',
      pem: () => issue({ usages: [serverAuth] }),
      message: /lacks client auth/,
      but: () => ({ purpose: 'client' }),
    },
    {
      title: 'is for neither clients nor servers',
      pem: () => issue({ usages: [x509.ExtendedKeyUsage.codeSigning] }),
      message: /lacks server auth/,
    },
    { title: 'lacks a name', pem: () => issue({ ip: '10.0.0.2' }), message: /lacks the names 10\.0\.0\.1/ },
    ...(
      [
        ['DNS name', { type: 'dns', value: 'kubernetes.default' }],
        ['address', { type: 'ip', value: '10.96.0.1' }],
        ['mail address', { type: 'email', value: 'root@example.com' }],
        ['URI', { type: 'url', value: 'spiffe://cluster/node' }],
        ['name of another kind', { type: 'dn', value: 'CN=somebody' }],
      ] as const
    ).map(([what, name]) => ({
      title: `has one ${what} more`,
      pem: () => issue({ names: [name] }),
      message: new RegExp(`names that nobody asked for: .*${name.value.replaceAll('.', '\\.')}`),
    })),
    {
      title: 'has a name, and is for a client',
      pem: () => issue(),
      message: /names that nobody asked for: n1, 10\.0\.0\.1/,
      but: () => ({ purpose: 'client', subjectAltNames: undefined }),
    },
    {
      title: 'is for a key of RSA with 1024 bits',
      pem: () => issue({ keys: shortRsa }),
      message: /its key is weak: RSA of 1024 bits/,
      but: () => ({ spki: shortRsa.spki }),
    },
    {
      title: 'is for a key on a curve that Go does not have',
      pem: () => issue({ keys: oddCurve }),
      message: /its key is weak: the curve secp256k1/,
      but: () => ({ spki: oddCurve.spki }),
    },
    {
      title: 'is signed with SHA-1',
      pem: () => issue({ hash: 'SHA-1' }),
      message: /its signature is weak: ECDSA with SHA-1/,
    },
    {
      title: 'has bytes behind it',
      pem: async () => respelt(await issue(), behind),
      message: /something behind it in its PEM block/,
    },
    {
      title: 'comes with a CA that has bytes behind it',
      pem: async () => (await issue()) + respelt(ca.pem, behind),
      message: /something behind it in its PEM block/,
    },
    {
      title: 'has its names twice',
      pem: () => issue({ extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'other' }])] }),
      message: /the extension 2\.5\.29\.17 twice/,
    },
    {
      title: 'says twice whether it is a CA, at last that it is',
      pem: () => issue({ extensions: [new x509.BasicConstraintsExtension(true, undefined, true)] }),
      message: /the extension 2\.5\.29\.19 twice/,
    },
    {
      title: 'comes with a leaf of another node',
      pem: async () =>
        (await issue()) +
        (await issue({ subject: 'O=system:nodes, CN=system:node:n2', keys: await bearer(otherKeys) })),
      message: /another certificate, which is no authority’s \(.*system:node:n2\)/,
    },
    {
      title: 'comes with another leaf for the same key',
      pem: async () => (await issue()) + (await issue({ usages: [clientAuth] })),
      message: /another certificate, which is no authority’s/,
    },
    {
      title: 'has more than 64 KiB of names',
      pem: () =>
        issue({ names: Array.from({ length: 4000 }, (_, n) => ({ type: 'dns', value: `n${n}.example.com` })) }),
      message: /characters, and 65536 are enough/,
    },
    { title: 'has four million characters', pem: () => 'x'.repeat(4_000_000), message: /has 4000000 characters/ },
    {
      title: 'comes with ten CAs',
      pem: async () => (await issue()) + ca.pem.repeat(10),
      message: /it has 11 certificates in it/,
    },
    {
      title: 'is half of one',
      pem: async () => respelt(await issue(), (der) => der.subarray(0, der.length / 2)),
      message: /cannot be parsed/,
    },
    {
      title: 'has text where its base64 belongs',
      pem: async () => (await issue()).replace(/\n[^-]/, '\n*'),
      message: /no certificate in it/,
    },
    {
      title: 'is a request',
      pem: async () => (await issue()).replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
      message: /no certificate in it/,
    },
    {
      title: 'is of a CA with another name',
      pem: async () => issue({ issuer: await authority('CN=other') }),
      message: /does not lead to the signer's CA/,
    },
    { title: 'has expired', pem: () => issue({ to: '2025-12-31T12:00:00Z' }), message: /expired at 2025-12-31T12:00/ },
    { title: 'is garbage', pem: () => spoiled, message: /cannot be parsed/ },
    { title: 'is empty', pem: () => '', message: /no certificate in it/ },
    {
      title: 'is of another CA of the same name',
      pem: () => issue({ issuer: namesake }),
      message: /does not lead to the signer's CA/,
    },
  ]
  for (const { title, pem, message, but } of refusals) {
    it(`is refused when it ${title}`, async () => {
      const text = await pem()
      assert.throws(() => checkIssuedCertificate({ ...expected(), ...but?.(), pem: text }), {
        name: 'CertletError',
        code: 'CERTIFICATE_REFUSED',
        message,
      })
    })
  }

  it('is not refused but marked when it is not valid yet', async () => {
    const pem = await issue({ from: '2026-01-01T00:00:01Z' })
    assert.equal(checkIssuedCertificate({ ...expected(), pem }).notYetValid, true)
  })

  it('may come with a root from before there were authorities', async () => {
    const own = await webCryptoKeys(await generateKeyPair('ecdsa-p256'))
    const root = await x509.X509CertificateGenerator.createSelfSigned(
      { name: 'CN=ca', ...own, notAfter: new Date('2040-01-01') },
      cryptoProvider,
    )
    const pem = (await issue()) + `${root.toString('pem')}\n`
    assert.equal(readCertificates(checkIssuedCertificate({ ...expected(), pem }).certificatePem).length, 2)
  })

  it('is put before the rest of its chain, without the text in between', async () => {
    const pem = await issue()
    const { certificatePem } = checkIssuedCertificate({ ...expected(), pem: `text\n${ca.pem}text\n${pem}` })
    const only = (text: string): string => text.replaceAll(/\s/g, '')
    assert.equal(only(certificatePem), only(pem + ca.pem))
  })
})
