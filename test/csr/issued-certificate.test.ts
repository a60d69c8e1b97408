import assert from 'node:assert/strict'
import { checkIssuedCertificate, type Expectation } from '../../src/csr/issued-certificate.ts'
import { cryptoProvider, x509 } from '../../src/identity/crypto-provider.ts'
import { generateKeyPair, type KeyPair } from '../../src/identity/key-pair.ts'

interface Authority {
  readonly pem: string
  readonly name: string
  readonly keys: KeyPair
}

interface Deviation {
  readonly subject?: string
  readonly keys?: KeyPair
  readonly ca?: boolean
  readonly keyUsage?: x509.KeyUsageFlags
  readonly usages?: string[]
  readonly ip?: string
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
  let ca: Authority
  let namesake: Authority

  async function authority(name: string): Promise<Authority> {
    const own = await generateKeyPair('ecdsa-p256')
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      {
        name,
        keys: own,
        signingAlgorithm: own.signingAlgorithm,
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
        publicKey: (but.keys ?? keys).publicKey,
        signingKey: issuer.keys.privateKey,
        signingAlgorithm: issuer.keys.signingAlgorithm,
        notBefore: new Date(but.from ?? '2025-12-31'),
        notAfter: new Date(but.to ?? '2026-12-31'),
        extensions: [
          new x509.BasicConstraintsExtension(but.ca ?? false, undefined, true),
          new x509.KeyUsagesExtension(but.keyUsage ?? x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(but.usages ?? [clientAuth, serverAuth]),
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'n1' },
            { type: 'ip', value: but.ip ?? '10.0.0.1' },
          ]),
        ],
      },
      cryptoProvider,
    )
    return `${certificate.toString('pem')}\n`
  }

  const expected = (): Expectation => ({
    spki: keys.spki,
    identity: { nodeName: 'n1', commonName: 'system:node:n1', organization: 'system:nodes' },
    purpose: 'serving',
    subjectAltNames: { dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] },
    now,
    signerCaPem: ca.pem,
  })

  before(async () => {
    keys = await generateKeyPair('ecdsa-p256')
    otherKeys = await generateKeyPair('ecdsa-p256')
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

  const refusals: { title: string; pem: () => string | Promise<string>; message: RegExp; purpose?: 'client' }[] = [
    { title: 'is for another key', pem: () => issue({ keys: otherKeys }), message: /for another key/ },
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
      purpose: 'client',
    },
    { title: 'lacks a name', pem: () => issue({ ip: '10.0.0.2' }), message: /lacks the names 10\.0\.0\.1/ },
    { title: 'has expired', pem: () => issue({ to: '2025-12-31T12:00:00Z' }), message: /expired at 2025-12-31T12:00/ },
    { title: 'is garbage', pem: () => spoiled, message: /cannot be parsed/ },
    { title: 'is empty', pem: () => '', message: /no certificate in it/ },
    {
      title: 'is of another CA of the same name',
      pem: () => issue({ issuer: namesake }),
      message: /does not lead to the signer's CA/,
    },
  ]
  for (const { title, pem, message, purpose } of refusals) {
    it(`is refused when it ${title}`, async () => {
      const text = await pem()
      assert.throws(() => checkIssuedCertificate({ ...expected(), ...(purpose && { purpose }), pem: text }), {
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

  it('is put before the rest of its chain, without the text in between', async () => {
    const pem = await issue()
    const { certificatePem } = checkIssuedCertificate({ ...expected(), pem: `text\n${ca.pem}text\n${pem}` })
    const only = (text: string): string => text.replaceAll(/\s/g, '')
    assert.equal(only(certificatePem), only(pem + ca.pem))
  })
})
