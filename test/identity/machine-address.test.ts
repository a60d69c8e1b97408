import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { machineAddress, type MachineNetwork } from '../../src/identity/machine-address.ts'

describe('address of this machine', () => {
  const info = (address: string, internal = false): NetworkInterfaceInfo => {
    const common = { address, netmask: '', mac: '', internal, cidr: null }
    return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' }
  }
  const lo = [info('127.0.0.1', true)]
  const eth0 = [info('10.0.0.1'), info('fe80::1'), info('2001:db8::1')]
  const eth1 = [info('10.0.1.1')]
  const route = (name: string): string => `${name}\t00000000\t0100000A\n`
  const zeros = '0'.repeat(32)
  const ipv6Routes = `${zeros} 00 ${zeros} 00 ${zeros} 00000400 1 0 00000003 eth0\n`

  const table: [string, MachineNetwork, string | undefined][] = [
    [
      'follows the order of the routes',
      { interfaces: { lo, eth0, eth1 }, ipv4Routes: route('eth1') + route('eth0') },
      '10.0.1.1',
    ],
    ['is IPv4 before IPv6', { interfaces: { lo, eth0 }, ipv4Routes: route('eth0'), ipv6Routes }, '10.0.0.1'],
    [
      'is IPv6 where only that has a default route',
      { interfaces: { lo, eth0 }, ipv4Routes: '', ipv6Routes },
      '2001:db8::1',
    ],
    [
      'is a global one of loopback where the other interface has link-local ones only',
      { interfaces: { lo: [...lo, info('192.0.2.1', true)], eth0: [info('169.254.0.1')] }, ipv4Routes: route('eth0') },
      '192.0.2.1',
    ],
    ['is none without a default route', { interfaces: { lo, eth0 }, ipv4Routes: '' }, undefined],
    ['is the first of any interface without a route table', { interfaces: { lo, eth1, eth0 } }, '10.0.1.1'],
  ]
  for (const [title, network, want] of table) {
    it(title, () => {
      assert.equal(machineAddress(network), want)
    })
  }
})
