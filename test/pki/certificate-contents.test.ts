import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { nameText, readName } from '../../src/pki/name.ts'
import { readCertificate } from '../../src/csr/certificate.ts'
import { cryptoProvider, x509 } from '../../src/identity/crypto-provider.ts'
import { canonicalIp } from '../../src/identity/ip-address.ts'
import { generateKeyPair } from '../../src/identity/key-pair.ts'
import { pemBlocks } from '../../src/pem.ts'
import { readCertificateContents } from '../../src/pki/certificate-contents.ts'
import { bitString } from '../../src/pki/der.ts'
import { readSignatureAlgorithm } from '../../src/pki/signature-algorithm.ts'
import { webCryptoKeys } from '../support/web-crypto-keys.ts'

/** What @peculiar/x509 reads, in our words. */
function peculiar(der: Uint8Array): object {
  const parsed = new x509.X509Certificate(Uint8Array.from(der))
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? []
  const of = (type: string): string[] => names.filter((name) => name.type === type).map(({ value }) => value)
  const usages = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages
  const flags: number | undefined = parsed.getExtension(x509.KeyUsagesExtension)?.usages
  return {
    subject: parsed.subject,
    issuer: parsed.issuer,
    commonName: parsed.subjectName.getField('CN').at(-1) ?? '',
    organization: parsed.subjectName.getField('O'),
    serial: parsed.serialNumber,
    dnsNames: of('dns'),
    ipAddresses: of('ip').map((ip) => canonicalIp(ip)),
    emails: of('email'),
    uris: of('url'),
    others: of('dn').map((name) => `dn:${name}`),
    notBefore: parsed.notBefore,
    notAfter: parsed.notAfter,
    ca: parsed.getExtension(x509.BasicConstraintsExtension)?.ca ?? false,
    keyUsage: flags === undefined ? undefined : [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((bit) => (flags & (1 << bit)) !== 0),
    extendedKeyUsage: usages && Array.from(usages, String),
    extensions: Array.from(parsed.extensions, ({ type, value }) => [type, Buffer.from(value)]),
    spki: Buffer.from(parsed.publicKey.rawData),
    raw: Buffer.from(parsed.rawData),
  }
}

/** The same of ours. */
function own(der: Uint8Array): object {
  const read = readCertificate(der)
  const { subject, issuer, commonName, organization, serial, notBefore, notAfter, ca, keyUsage } = read
  return {
    ...{ subject, issuer, commonName, organization, serial, notBefore, notAfter, ca, keyUsage },
    extendedKeyUsage: read.extendedKeyUsage,
    ...read.subjectAltNames,
    extensions: read.contents.extensions.map(({ type, value }) => [type, value]),
    spki: read.contents.spki,
    raw: read.node.raw,
  }
}

describe('the reading of certificates', () => {
  const recordings = fileURLToPath(new URL('../recordings', import.meta.url))
  const recorded = readdirSync(recordings, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(crt|pem)$/.test(name))
    .flatMap((name) => pemBlocks(readFileSync(join(recordings, name), 'utf8')))
    .filter(({ label }) => label === 'CERTIFICATE')

  it('finds in recorded ones what @peculiar/x509 does', () => {
    assert.ok(recorded.length > 5)
    for (const { der } of recorded) assert.deepEqual(own(der), peculiar(der))
  })

  it('finds in made ones what @peculiar/x509 does', async () => {
    const { keys, signingAlgorithm } = await webCryptoKeys(await generateKeyPair('ecdsa-p256'))
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((one) => !/^ $|\p{C}|[\u{10000}-\u{10ffff}]/u.test(one))
    const attribute = fc.tuple(fc.constantFrom('O', 'CN', 'OU', 'C', 'DC', 'E', '2.5.4.5', '1.2.3.4'), text)
    const name = fc.array(attribute, { minLength: 1, maxLength: 5 })
    const ascii = fc.stringMatching(/^[a-z0-9.-]{1,20}$/)
    const alternative = fc.oneof(
      fc.record({ type: fc.constantFrom('dns' as const, 'email' as const, 'url' as const), value: ascii }),
      fc.record({
        type: fc.constant('ip' as const),
        value: fc.oneof(
          fc.ipV4(),
          fc.ipV6().map((ip) => canonicalIp(ip) ?? ip),
        ),
      }),
      fc.record({ type: fc.constant('dn' as const), value: ascii.map((value) => `CN=x${value}`) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          subject: name,
          issuer: name,
          serial: fc.uint8Array({ minLength: 1, maxLength: 20 }).filter(([first]) => first !== 0),
          names: fc.option(fc.array(alternative, { maxLength: 4 })),
          ca: fc.boolean(),
          keyUsage: fc.option(fc.integer({ min: 1, max: 0x1ff })),
          usages: fc.option(
            fc.array(fc.constantFrom('1.3.6.1.5.5.7.3.1', '2.5.29.37.0', '1.2.840.113549.1.9.16.99999.1'), {
              minLength: 1,
            }),
          ),
          notBefore: fc.date({ min: new Date('1950-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        }),
        async (wish) => {
          const certificate = await x509.X509CertificateGenerator.create(
            {
              serialNumber: Buffer.from(wish.serial).toString('hex'),
              subject: new x509.Name(wish.subject.map(([type, value]) => ({ [type]: [{ utf8String: value }] }))),
              issuer: new x509.Name(wish.issuer.map(([type, value]) => ({ [type]: [{ bmpString: value }] }))),
              notBefore: wish.notBefore,
              notAfter: new Date('2120-01-01'),
              publicKey: keys.publicKey,
              signingKey: keys.privateKey,
              signingAlgorithm,
              extensions: [
                new x509.BasicConstraintsExtension(wish.ca, undefined, true),
                ...(wish.keyUsage === null ? [] : [new x509.Extension('2.5.29.15', true, nineBits(wish.keyUsage))]),
                ...(wish.usages === null ? [] : [new x509.ExtendedKeyUsageExtension(wish.usages)]),
                ...(wish.names === null ? [] : [new x509.SubjectAlternativeNameExtension(wish.names)]),
              ],
            },
            cryptoProvider,
          )
          const der = new Uint8Array(certificate.rawData)
          assert.deepEqual(own(der), peculiar(der))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('tells a name that looks like what is no string from what is none', () => {
    const [none, string] = ['300b31093007060355040a0500', '300e310c300a060355040a0c03236161'].map((hex) =>
      Buffer.from(hex, 'hex'),
    )
    assert.ok(none && string)
    assert.equal(nameText(readName(none)), 'O=#0500')
    assert.equal(nameText(readName(string)), 'O=\\#aa')
    assert.equal(new x509.Name(string).toString(), 'O=\\#aa')
  })

  it('takes octets of addresses that are none, and kinds of names without a word for them, for names all the same', async () => {
    const others = async (hex: string): Promise<readonly string[]> =>
      readCertificate(await withExtension('2.5.29.17', hex)).subjectAltNames.others
    assert.deepEqual(await others('30058703010203'), ['ip:#010203'])
    assert.deepEqual(await others('300588032a0304'), ['id:1.2.3.4'])
    assert.deepEqual(await others('30028500'), ['5:#'])
  })

  for (const [title, type, value] of [
    ['a name that is cut off', '2.5.29.17', '3003820561'],
    ['names that are no sequence', '2.5.29.17', '82016e'],
    ['names with bytes behind them', '2.5.29.17', '3003820161ff'],
    ['a key usage that is no bit string', '2.5.29.15', '040180'],
    ['an extended key usage with half an identifier', '2.5.29.37', '300406022a83'],
    ['basic constraints that are no sequence', '2.5.29.19', '0101ff'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const der = await withExtension(type, value)
      assert.throws(() => readCertificate(der), TypeError)
    })
  }

  it('refuses what is cut off anywhere', () => {
    const der = Buffer.from(recorded[0]?.der ?? [])
    for (let length = 0; length < der.length; length++)
      assert.throws(() => readCertificateContents(der.subarray(0, length)), TypeError)
    assert.throws(() => readCertificateContents(Buffer.concat([der, Buffer.from([0])])), TypeError)
  })

  for (const [name, hash, expected] of [
    ['RSASSA-PKCS1-v1_5', 'SHA-1', { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' }],
    ['RSASSA-PKCS1-v1_5', 'SHA-512', { scheme: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
    ['RSA-PSS', 'SHA-1', { scheme: 'RSASSA-PSS', hash: 'SHA-1' }],
    ['RSA-PSS', 'SHA-256', { scheme: 'RSASSA-PSS', hash: 'SHA-256' }],
    ['RSA-PSS', 'SHA-512', { scheme: 'RSASSA-PSS', hash: 'SHA-512' }],
  ] as const) {
    it(`finds what it is signed with: ${name} with ${hash}`, async () => {
      const parameters = { name, hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
      const keys = await cryptoProvider.subtle.generateKey(parameters, true, ['sign', 'verify'])
      const signingAlgorithm = { name, hash, saltLength: 20 }
      const certificate = await x509.X509CertificateGenerator.createSelfSigned(
        { keys, signingAlgorithm },
        cryptoProvider,
      )
      assert.deepEqual(readCertificate(new Uint8Array(certificate.rawData)).signatureAlgorithm, expected)
    })
  }

  it('names an algorithm that it does not know by its object identifier', () => {
    const der = Buffer.from('300606042a030405', 'hex')
    assert.deepEqual(readSignatureAlgorithm(der), { oid: '1.2.3.4.5' })
  })

  /** A BIT STRING of nine bits, the first of which is the highest. */
  const nineBits = (bits: number): Buffer => bitString(Buffer.from([bits >> 1, (bits & 1) << 7]), 7)

  /** DER of a certificate with one extension, of any octets. @param value - hexadecimal. */
  async function withExtension(type: string, value: string): Promise<Uint8Array> {
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      {
        ...(await webCryptoKeys(await generateKeyPair('ecdsa-p256'))),
        extensions: [new x509.Extension(type, false, Buffer.from(value, 'hex'))],
      },
      cryptoProvider,
    )
    return new Uint8Array(certificate.rawData)
  }
})
