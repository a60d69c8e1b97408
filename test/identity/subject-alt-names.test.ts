import assert from 'node:assert/strict'
import {
  requireAddress,
  subjectAltNamesFromFlags,
  subjectAltNamesFromNode,
} from '../../src/identity/subject-alt-names.ts'

describe('names of a serving certificate', () => {
  it('come from flags: sorted, canonical, without doubles', () => {
    const nodeIps = ['10.0.0.2', '2001:DB8:0::1', '::ffff:10.0.0.2']
    const sans = ['B.example', '10.0.0.1', 'n1', '10.0.0.2']
    assert.deepEqual(subjectAltNamesFromFlags({ nodeName: 'n1', nodeIps, sans }), {
      dnsNames: ['b.example', 'n1'],
      ipAddresses: ['10.0.0.1', '10.0.0.2', '2001:db8::1'],
    })
  })

  for (const [title, nodeIp, san] of [
    ['a --node-ip that is a name', 'n1', 'n1'],
    ['a --node-ip with a zone', 'fe80::1%eth0', 'n1'],
    ['a wildcard', '10.0.0.1', '*.example'],
    ['a malformed address', '10.0.0.1', '10.0.0.256'],
    ['an empty name', '10.0.0.1', ''],
  ] as const) {
    it(`do not take ${title}`, () => {
      const act = (): unknown => subjectAltNamesFromFlags({ nodeName: 'n1', nodeIps: [nodeIp], sans: [san] })
      assert.throws(act, { name: 'CertletError', code: 'USAGE' })
    })
  }

  it('come from a Node object as a kubelet maps its addresses', () => {
    const names = subjectAltNamesFromNode([
      { type: 'Hostname', address: 'n1' },
      { type: 'Hostname', address: '10.0.0.3' },
      { type: 'InternalIP', address: '010.0.0.1' },
      { type: 'ExternalIP', address: 'not-an-address' },
      { type: 'ExternalDNS', address: '10.0.0.9' },
      { type: 'Unknown', address: 'x' },
    ])
    assert.deepEqual(names, { dnsNames: ['10.0.0.9', 'n1'], ipAddresses: ['10.0.0.1', '10.0.0.3'] })
  })

  it('need an address, but for kubelets up to 1.30', () => {
    const names = { dnsNames: ['n1'], ipAddresses: [] }
    assert.equal(requireAddress(names, { dnsOnlyAllowed: true }), names)
    const act = (): unknown => requireAddress(names, { dnsOnlyAllowed: false })
    assert.throws(act, { name: 'CertletError', code: 'NO_ADDRESS' })
  })
})
