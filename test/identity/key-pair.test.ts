import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { generateKeyPair, parseKeyPair } from '../../src/identity/key-pair.ts'

describe('key pair', () => {
  for (const [type, label] of [
    ['ecdsa-p256', 'EC PRIVATE KEY'],
    ['ecdsa-p384', 'EC PRIVATE KEY'],
    ['rsa-2048', 'RSA PRIVATE KEY'],
    ['ed25519', 'PRIVATE KEY'],
  ] as const) {
    it(`of type ${type} is written as ${label} and read back the same`, async () => {
      const made = await generateKeyPair(type)
      assert.ok(made.privateKeyPem.startsWith(`-----BEGIN ${label}-----\n`))
      const { type: readType, spki, privateKeyPem } = parseKeyPair(made.privateKeyPem)
      assert.deepEqual([readType, spki, privateKeyPem], [type, made.spki, made.privateKeyPem])
    })
  }

  it('is the first usable one of a text', async () => {
    const { privateKeyPem, spki } = await generateKeyPair('ecdsa-p256')
    const spoiled = '-----BEGIN EC PRIVATE KEY-----\nMAMCAQE=\n-----END EC PRIVATE KEY-----\n'
    assert.deepEqual(parseKeyPair(spoiled + privateKeyPem).spki, spki)
  })

  const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
  for (const [title, text] of [
    ['a text without a key', 'hush'],
    ['a key of a kind that certlet does not make', p521.export({ format: 'pem', type: 'sec1' })],
  ] as const) {
    it(`refuses ${title}, and quotes none of it`, () => {
      assert.throws(() => parseKeyPair(text), { message: 'no usable private key found' })
    })
  }
})
