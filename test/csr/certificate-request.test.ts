import assert from 'node:assert/strict'
import { createCertificateRequest, parseCertificateRequest } from '../../src/csr/certificate-request.ts'
import { cryptoProvider, x509 } from '../../src/identity/crypto-provider.ts'
import { generateKeyPair, KEY_TYPES } from '../../src/identity/key-pair.ts'
import { nodeIdentity } from '../../src/identity/node-identity.ts'
import { readSequence } from '../../src/pki/der-reader.ts'
import { webCryptoKeys } from '../support/web-crypto-keys.ts'

describe('certificate request', () => {
  const identity = nodeIdentity({ osHostname: 'node-1' })
  const tlv = (tag: number, ...content: Uint8Array[]): Buffer => {
    const body = Buffer.concat(content)
    const length = body.length < 128 ? [body.length] : [0x81, body.length]
    return Buffer.concat([Buffer.from([tag, ...length]), body])
  }
  const name = (oid: number, text: string): Buffer =>
    tlv(0x31, tlv(0x30, tlv(0x06, Buffer.from([0x55, 4, oid])), tlv(0x13, Buffer.from(text))))

  it("has the bytes of a kubelet's but for key and signature", async () => {
    const keyPair = await generateKeyPair('ecdsa-p256')
    const { der } = createCertificateRequest({ identity, keyPair })
    const subject = tlv(0x30, name(10, 'system:nodes'), name(3, 'system:node:node-1'))
    const info = tlv(0x30, Buffer.from([2, 1, 0]), subject, keyPair.spki, Buffer.from([0xa0, 0]))
    const ecdsaWithSha256 = Buffer.from('300a06082a8648ce3d040302', 'hex')
    const start = der.indexOf(0x30, 1)
    assert.deepEqual(
      Buffer.from(der).subarray(start, start + info.length + ecdsaWithSha256.length),
      Buffer.concat([info, ecdsaWithSha256]),
    )
  })

  it('bears DNS names before IP addresses, IPv4 in four bytes', async () => {
    const keyPair = await generateKeyPair('ecdsa-p256')
    const subjectAltNames = { dnsNames: ['node-1'], ipAddresses: ['10.0.0.1', 'fd00::1'] }
    const { der, pem } = createCertificateRequest({ identity, keyPair, subjectAltNames })
    const v6 = Buffer.from('fd000000000000000000000000000001', 'hex')
    const names = tlv(0x30, tlv(0x82, Buffer.from('node-1')), tlv(0x87, Buffer.from([10, 0, 0, 1])), tlv(0x87, v6))
    assert.ok(Buffer.from(der).includes(names))
    assert.equal((await parseCertificateRequest(pem)).signatureValid, true)
  })

  for (const type of KEY_TYPES) {
    it(`of a key of type ${type} is read by @peculiar/x509 as it was meant, and its signature holds`, async function () {
      this.timeout(60_000) // a key of RSA with 4096 bits
      const keyPair = await generateKeyPair(type)
      const dnsNames = Array.from({ length: 40 }, (_, i) => `name-${i}.example`) // lengths of two octets
      const subjectAltNames = { dnsNames, ipAddresses: ['10.0.0.1', '2001:db8::1', '::ffff:192.0.2.1'] }
      const { pem } = createCertificateRequest({ identity, keyPair, subjectAltNames })
      const { subjectAltNames: found, ...read } = await parseCertificateRequest(pem)
      assert.deepEqual(read, {
        commonName: identity.commonName,
        organization: [identity.organization],
        spki: keyPair.spki,
        signatureValid: true,
      })
      assert.deepEqual([found.dnsNames, found.ipAddresses], [dnsNames, ['10.0.0.1', '2001:db8::1', '192.0.2.1']])
    })
  }

  it('is what @peculiar/x509 makes, byte for byte but for the signature', async () => {
    const keyPair = await generateKeyPair('ecdsa-p256')
    for (const names of [[], ['10.0.0.1', 'fd00::1']]) {
      const subjectAltNames = { dnsNames: names.length > 0 ? ['a.example', 'b'] : [], ipAddresses: names }
      const ours = createCertificateRequest({ identity, keyPair, subjectAltNames })
      const theirs = await x509.Pkcs10CertificateRequestGenerator.create(
        {
          name: new x509.Name([
            { O: [{ printableString: identity.organization }] },
            { CN: [{ printableString: identity.commonName }] },
          ]),
          ...(await webCryptoKeys(keyPair)),
          extensions:
            names.length === 0
              ? []
              : [
                  new x509.SubjectAlternativeNameExtension([
                    ...subjectAltNames.dnsNames.map((value) => ({ type: 'dns' as const, value })),
                    ...names.map((value) => ({ type: 'ip' as const, value })),
                  ]),
                ],
        },
        cryptoProvider,
      )
      const unsigned = (der: Uint8Array): Buffer[] =>
        readSequence(Buffer.from(der))
          .slice(0, 2)
          .map(({ whole }) => whole)
      assert.deepEqual(unsigned(ours.der), unsigned(new Uint8Array(theirs.rawData)))
    }
  })
})
