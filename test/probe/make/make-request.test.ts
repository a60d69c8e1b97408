import assert from 'node:assert/strict'
import {
  createCertificateRequest,
  parseCertificateRequest as parseLeniently,
} from '../../../src/csr/certificate-request.ts'
import { x509 } from '../../../src/identity/crypto-provider.ts'
import { generateKeyPair } from '../../../src/identity/key-pair.ts'
import { parseCertificateRequest } from '../../../src/lab/pki/certificate-request.ts'
import { pemBlocks } from '../../../src/pem.ts'
import { makeKey, makeRequest } from '../../../src/probe/make/make-request.ts'
import { type FullRequest, PROBE_KEY_TYPES, type ProbeKeyType } from '../../../src/probe/request-description.ts'

const proper: FullRequest = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  keyType: 'ecdsa-p256',
  subject: [{ O: 'system:nodes' }, { CN: 'system:node:n1' }],
  sans: [],
  usages: ['digital signature', 'client auth'],
  extensions: [],
  signature: 'own',
  damage: [],
  pem: {},
}

/** The text of a request that differs from a proper one in what is given. */
async function made(differences: Partial<FullRequest>): Promise<string> {
  const request = { ...proper, ...differences }
  return Buffer.from(await makeRequest(request, await makeKey(request.keyType))).toString('latin1')
}

/** As the API server reads it. */
async function read(differences: Partial<FullRequest>) {
  const parsed = parseCertificateRequest(await made(differences))
  assert.ok('ok' in parsed, 'error' in parsed ? parsed.error : '')
  return parsed.ok
}

async function refusal(differences: Partial<FullRequest>): Promise<string | undefined> {
  const parsed = parseCertificateRequest(await made(differences))
  return 'error' in parsed ? parsed.error : undefined
}

function derOf(pem: string): Buffer {
  const [block] = pemBlocks(pem)
  return Buffer.from(block?.der ?? [])
}

describe('making a request for a probe', () => {
  it('makes a proper one as a node makes it, byte for byte but for key and signature', async () => {
    const identity = { nodeName: 'n1', commonName: 'system:node:n1', organization: 'system:nodes' } as const
    const subjectAltNames = { dnsNames: ['n1', 'n1.example'], ipAddresses: ['10.0.0.1', 'fd00::1'] }
    const keyPair = await generateKeyPair('ecdsa-p256')
    for (const names of [undefined, subjectAltNames]) {
      const { der } = createCertificateRequest({ identity, keyPair, subjectAltNames: names })
      const sans = [
        ...(names?.dnsNames ?? []).map((dns) => ({ dns })),
        ...(names?.ipAddresses ?? []).map((ip) => ({ ip })),
      ]
      const ours = derOf(await made({ sans }))
      assert.deepEqual(requestInfoWithoutKey(ours), requestInfoWithoutKey(Buffer.from(der)))
    }
  })

  for (const keyType of PROBE_KEY_TYPES) {
    it(`signs with ${keyType} so that its own key verifies it`, async () => {
      const { publicKey } = await read({ keyType })
      assert.equal(nameOfKey(publicKey), keyType)
    }).timeout(60_000)
  }

  it('keeps the subject as it is described: order, several values in one, types of strings', async () => {
    const { subject } = await read({
      subject: [
        { CN: 'system:node:n1' },
        { O: ['system:nodes', 'system:masters'], OU: 'x' },
        { '1.2.3.4': { text: 'ü', as: 'bmp' } },
        { CN: { text: 'last', as: 'utf8' } },
      ],
    })
    assert.deepEqual(
      subject.attributes.map(({ type, value, stringType, rdn }) => [rdn, type, value, stringType]),
      [
        [0, '2.5.4.3', 'system:node:n1', 'PrintableString'],
        [1, '2.5.4.11', 'x', 'PrintableString'],
        [1, '2.5.4.10', 'system:nodes', 'PrintableString'],
        [1, '2.5.4.10', 'system:masters', 'PrintableString'],
        [2, '1.2.3.4', 'ü', 'BMPString'],
        [3, '2.5.4.3', 'last', 'UTF8String'],
      ],
    )
  })

  it('can have no subject at all', async () => {
    assert.deepEqual((await read({ subject: [] })).subject.attributes, [])
  })

  it('has every kind of alternative name', async () => {
    const { dnsNames, ipAddresses, emailAddresses, uris } = await read({
      sans: [
        { dns: '*.example' },
        { uri: 'spiffe://cluster/node' },
        { email: 'root@n1' },
        { ip: '127.0.0.1' },
        { ip: 'fe80::1' },
        { ip: '::ffff:10.0.0.1' },
        { raw: '88 03 2a:03:04' },
      ],
    })
    assert.deepEqual(
      { dnsNames, ipAddresses, emailAddresses, uris },
      {
        dnsNames: ['*.example'],
        ipAddresses: ['127.0.0.1', 'fe80::1', '10.0.0.1'],
        emailAddresses: ['root@n1'],
        uris: ['spiffe://cluster/node'],
      },
    )
  })

  it('sends an IPv4 address in IPv6 form with all its octets', async () => {
    const mapped = Buffer.from('871000000000000000000000ffff0a000001', 'hex')
    assert.ok(derOf(await made({ sans: [{ ip: '::ffff:10.0.0.1' }] })).includes(mapped))
  })

  it('takes a host for what it is', async () => {
    const { dnsNames, ipAddresses } = await read({
      sans: [{ host: 'api.example' }, { host: '10.96.0.1' }, { host: '::1' }],
    })
    assert.deepEqual([dnsNames, ipAddresses], [['api.example'], ['10.96.0.1', '::1']])
  })

  it('cannot have an address that is none', async () => {
    await assert.rejects(made({ sans: [{ ip: '10.0.0' }] }), TypeError)
  })

  it('asks to be a CA', async () => {
    const pem = await made({
      sans: [{ dns: 'n1' }],
      extensions: [{ basicConstraints: { ca: true, pathLength: 0 } }, { oid: '1.2.3', critical: true, value: '0500' }],
    })
    const request = new x509.Pkcs10CertificateRequest(derOf(pem))
    const constraints = request.getExtension('2.5.29.19')
    assert.equal(Buffer.from(constraints?.value ?? new ArrayBuffer()).toString('hex'), '30060101ff020100')
    assert.equal(constraints?.critical, true)
    assert.equal(request.getExtension('1.2.3')?.critical, true)
    assert.deepEqual((await parseLeniently(pem)).subjectAltNames.dnsNames, ['n1'])
  })

  describe('that is to be refused', () => {
    const keyTypes: ProbeKeyType[] = ['ecdsa-p256', 'rsa-2048', 'ed25519']
    for (const keyType of keyTypes) {
      for (const signature of ['broken', 'other-key'] as const) {
        it(`has a signature with ${keyType} that does not verify: ${signature}`, async () => {
          assert.match((await refusal({ keyType, signature })) ?? '', /verification (error|failure)$/)
        })
      }
    }

    it('has another label', async () => {
      for (const pem of [{ label: 'NEW CERTIFICATE REQUEST' }, { before: await made({ pem: { label: 'EXTRA' } }) }]) {
        assert.equal(await refusal({ pem }), 'PEM block type must be CERTIFICATE REQUEST')
      }
    })

    it('is no PEM', async () => {
      assert.equal(await refusal({ pem: { raw: 'nothing' } }), 'PEM block type must be CERTIFICATE REQUEST')
    })

    it('is cut off, goes on after its end, or has other octets', async () => {
      assert.equal(await refusal({ damage: [{ append: '00' }] }), 'asn1: syntax error: trailing data')
      assert.equal(await refusal({ damage: [{ cut: 1 }] }), 'asn1: syntax error: data truncated')
      assert.match((await refusal({ damage: [{ at: 0, set: '31' }] })) ?? '', /^asn1: structure error/)
      assert.match((await refusal({ damage: [{ at: -1, flip: '01' }] })) ?? '', /verification failure$/)
    })
  })

  it('ignores a block after the first, as the API server does', async () => {
    assert.equal(
      await refusal({ pem: { before: 'text\n', after: await made({ pem: { label: 'EXTRA' } }) } }),
      undefined,
    )
  })

  it('does each damage in turn, and none outside', async () => {
    assert.equal(
      await refusal({ damage: [{ at: -1, flip: '01' }, { append: '00' }, { cut: 1 }, { at: -1, flip: '01' }] }),
      undefined,
    )
    await assert.rejects(made({ damage: [{ at: 5000, set: '00' }] }), RangeError)
    await assert.rejects(made({ damage: [{ at: -1, set: '0000' }] }), RangeError)
  })
})

function nameOfKey({ algorithm, curve, bits }: { algorithm: string; curve?: string; bits?: number }): string {
  if (algorithm === 'RSA') return `rsa-${bits ?? 0}`
  return algorithm === 'ECDSA' ? `ecdsa-${(curve ?? '').toLowerCase().replace('-', '')}` : algorithm.toLowerCase()
}

/** CertificationRequestInfo with the octets of a P-256 key left out. */
function requestInfoWithoutKey(der: Buffer): string {
  const POINT = Buffer.from('03420004', 'hex')
  const info = der.subarray(0, der.lastIndexOf(Buffer.from('300a06082a8648ce3d040302', 'hex')))
  const at = info.indexOf(POINT) + POINT.length
  // The outermost length depends on that of the signature.
  return Buffer.concat([info.subarray(4, at), info.subarray(at + 64)]).toString('hex')
}
