import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { bundleOf, certificatesOf, parsePins, pinOf, pinText, requirePinned } from '../../src/discovery/ca-pins.ts'
import type { CertletError } from '../../src/errors.ts'
import { createAuthority } from '../../src/lab/pki/authority.ts'

const HEX = 'ab'.repeat(32)

describe('the pin of a CA', () => {
  it('is the SHA-256 of its public key, as openssl computes it', async () => {
    const { certificatePem } = await createAuthority('kubernetes', new Date())
    const script = 'openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -r'
    const digest = execFileSync('sh', ['-c', script], { input: certificatePem, encoding: 'utf8' }).slice(0, 64)
    assert.equal(pinText(pinOf(new X509Certificate(certificatePem))), `sha256:${digest}`)
  })

  it('is read in any case', () => {
    assert.deepEqual(parsePins([`SHA256:${HEX.toUpperCase()}`]), [HEX])
  })

  for (const text of [
    HEX,
    `sha256:${HEX.slice(1)}`,
    `sha256:${HEX}0`,
    `sha512:${HEX}`,
    `sha256:${HEX}:x`,
    'sha256:',
    '',
  ]) {
    it(`is refused when it is ${JSON.stringify(text.replace(HEX, '<hex>'))}`, () => {
      assert.throws(() => parsePins([text]), { code: 'PIN_MALFORMED' })
    })
  }

  it('may be that of any certificate of the bundle', async () => {
    const bundle = (await createAuthority('old', new Date())).certificatePem
    const second = (await createAuthority('new', new Date())).certificatePem
    const certificates = certificatesOf(`# old and new\n${bundle}${second}`) ?? []
    assert.equal(certificates.length, 2)
    assert.equal(bundleOf(certificates), bundle + second)
    requirePinned(certificates, [pinOf(new X509Certificate(second))])
    assert.throws(
      () => {
        requirePinned(certificates, parsePins([`sha256:${HEX}`]))
      },
      (error: CertletError) => error.code === 'CA_NOT_PINNED' && error.message.includes(HEX),
    )
  })
})
