import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { createServer as createHttpServer } from 'node:http'
import { systemClock } from '../../src/clock.ts'
import { apiServerPurpose, createAuthority } from '../../src/lab/pki/authority.ts'
import { noAlternativeNames } from '../../src/lab/pki/subject-alternative-names.ts'
import type { Place } from '../../src/preflight/access.ts'
import type { Finding } from '../../src/preflight/finding.ts'
import { clockFinding } from '../../src/preflight/network/clock.ts'
import { dnsFinding, resolveHost } from '../../src/preflight/network/dns.ts'
import { withoutProxy } from '../../src/preflight/network/no-proxy.ts'
import { proxyFinding } from '../../src/preflight/network/proxy.ts'
import { dial, tcpFinding } from '../../src/preflight/network/tcp.ts'
import { tlsFinding } from '../../src/preflight/network/tls.ts'
import { networkFindings } from '../../src/preflight/network-checks.ts'
import { showServer } from '../../src/kube/shown-server.ts'
import { hostileApi, json } from '../support/hostile-api.ts'
import { listening } from '../support/listening.ts'
import { assertFinding } from '../support/preflight.ts'
import { proxy } from '../support/proxy.ts'

const DAY_MS = 86_400_000
const signal = new AbortController().signal
const task = { settings: {}, env: {}, clock: systemClock, signal }

/** What the TLS check sees of a server. */
async function tlsOf(place: Place, systemCas: () => readonly string[] = () => []): Promise<Finding> {
  const shown = await showServer(place, { now: () => new Date(), signal, timeoutMs: 5000 })
  return tlsFinding(shown, place, { now: new Date(), systemCas })
}

const placeOf = (url: string, caPem: string, more: Partial<Place> = {}): Place => ({
  url,
  caPem,
  skipTlsVerify: false,
  ...more,
})

describe('preflight of the network', () => {
  it('looks names up as the system does', async () => {
    assertFinding(dnsFinding('[::1]', await resolveHost('[::1]', signal)), { verdict: 'ok', seen: /is an address/ })
    assertFinding(dnsFinding('localhost', await resolveHost('localhost', signal)), {
      verdict: 'ok',
      seen: /"localhost" is .*(127\.0\.0\.1|::1)/,
    })
  })

  for (const [fault, seen] of [
    ['ENOTFOUND', /"api.example" does not exist/],
    ['EAI_AGAIN', /DNS does not answer/],
    ['TIMEOUT', /DNS does not answer/],
    ['EAI_FAIL', /could not be looked up \(EAI_FAIL\)/],
  ] as const) {
    it(`says why a name is not known: ${fault}`, () => {
      const finding = dnsFinding('api.example', { kind: 'failed', code: fault })
      assertFinding(finding, { verdict: 'fail', code: 'API_NAME_UNKNOWN', seen, fix: /resolv\.conf/ })
    })
  }

  it('connects, and sees where nobody listens', async () => {
    const server = createServer()
    const open = await listening(server)
    const { port } = open
    const good = await dial('127.0.0.1', port, AbortSignal.timeout(5000))
    await open[Symbol.asyncDispose]()
    const bad = await dial('127.0.0.1', port, AbortSignal.timeout(5000))
    assertFinding(tcpFinding([good]), { verdict: 'ok', seen: /takes connections at 127\.0\.0\.1:\d+$/ })
    assertFinding(tcpFinding([good, bad]), { verdict: 'warn', seen: /but not at all its addresses: .*nobody listens/ })
    assertFinding(tcpFinding([bad]), {
      verdict: 'fail',
      code: 'API_UNREACHABLE',
      seen: /no connection to the API server: 127\.0\.0\.1:\d+: nobody listens there/,
    })
  })

  it('tells a firewall from a closed port', () => {
    const lost = { address: '2001:db8::1', port: 6443, fault: 'TIMEOUT' }
    assertFinding(tcpFinding([lost]), {
      verdict: 'fail',
      code: 'API_TIMEOUT',
      seen: /\[2001:db8::1\]:6443: no answer/,
      fix: /firewall/,
    })
  })

  it('gives a connection up when its time is over', async () => {
    assert.equal((await dial('127.0.0.1', 1, AbortSignal.timeout(5000))).fault, 'ECONNREFUSED')
  })

  for (const [host, noProxy, without] of [
    ['api.example', '', false],
    ['api.example', '*', true],
    ['api.example', 'api.example', true],
    ['API.example', 'other, api.EXAMPLE', true],
    ['api.example', 'example', true],
    ['api.example', '.example', true],
    ['api.example', '*.example', true],
    ['example', '.example', false],
    ['notexample', 'example', false],
    ['api.example', 'api.example:6443', true],
    ['api.example', 'api.example:443', false],
    ['10.0.0.7', '10.0.0.0/8', true],
    ['11.0.0.7', '10.0.0.0/8', false],
    ['10.0.0.7', '10.0.0.7', true],
    ['10.0.0.7', '10.0.0', false],
    ['[2001:db8::7]', '2001:db8::/32', true],
    ['[2001:db8::7]', '2001:DB8:0::7', true],
    ['api.example', '10.0.0.0/8', false],
    ['10.0.0.7', 'nonsense/8', false],
    ['127.0.0.1', '', true],
    ['localhost', '', true],
  ] as const) {
    it(`reads NO_PROXY "${noProxy}" for ${host} as Go does: ${without ? 'straight' : 'by the proxy'}`, () => {
      assert.equal(withoutProxy(host, 6443, noProxy), without)
    })
  }

  it('says which way it goes, and which way a kubelet would', () => {
    const place = placeOf('https://api.example:6443', '')
    const env = { HTTPS_PROXY: 'http://user:hunter2@proxy.example:3128' }
    assertFinding(proxyFinding(place, {}), { verdict: 'ok', seen: /straight to the server/ })
    assertFinding(proxyFinding(place, { ...env, NO_PROXY: '.example' }), { verdict: 'ok', seen: /NO_PROXY takes/ })
    const finding = proxyFinding(place, env)
    assertFinding(finding, {
      verdict: 'warn',
      seen: /HTTPS_PROXY is http:\/\/proxy\.example:3128: a kubelet/,
      fix: /NO_PROXY/,
    })
    assertFinding(proxyFinding({ ...place, proxyUrl: 'http://u:hunter2@p:1' }, env), {
      verdict: 'ok',
      seen: /http:\/\/p:1 /,
    })
    assert.doesNotMatch(JSON.stringify(finding), /hunter2/)
  })

  for (const { skew, trusted = true, lifetimeMs, verdict, seen } of [
    { skew: undefined, verdict: 'skipped', seen: /did not say/ },
    { skew: 400, verdict: 'ok', seen: /are 0s apart/ },
    { skew: -60_000, verdict: 'ok', seen: /are 1m apart/ },
    { skew: 120_000, verdict: 'warn', seen: /2m behind the server’s/ },
    { skew: 300_000, verdict: 'warn', seen: /5m behind/ },
    {
      skew: 301_000,
      verdict: 'fail',
      seen: /5m1s behind the server’s: a new certificate, dated back by 5m, is not valid yet/,
    },
    { skew: -3_600_000, verdict: 'warn', seen: /1h ahead of the server’s: certificates seem older/ },
    { skew: -3_600_000, lifetimeMs: 600_000, verdict: 'fail', seen: /a certificate of 10m would be over/ },
    { skew: 7_200_000, trusted: false, verdict: 'fail', seen: /2h behind that of whoever answers there/ },
  ] as const) {
    it(`judges clocks that are ${skew ?? 'unknown'} ms apart: ${verdict}`, () => {
      assertFinding(clockFinding(skew, { trusted, lifetimeMs }), { verdict, seen })
    })
  }

  it('trusts a server by its CA, and says until when', async () => {
    await using api = await hostileApi()
    assertFinding(await tlsOf(placeOf(api.url, api.ca.certificatePem)), {
      verdict: 'ok',
      seen: /^TLSv1\.3, a certificate of "kube-apiserver" by "kubernetes", until 20/,
    })
    assert.equal(api.requests[0]?.headers.authorization, undefined)
  })

  it('warns of a certificate that ends soon', async () => {
    await using api = await hostileApi(undefined, { lifetimeDays: 2 })
    assertFinding(await tlsOf(placeOf(api.url, api.ca.certificatePem)), {
      verdict: 'warn',
      seen: /ends soon/,
      fix: /renew/,
    })
  })

  it('names the CA that is trusted and the one that answered', async () => {
    await using api = await hostileApi(await createAuthority('another-ca', new Date()))
    const { certificatePem } = await createAuthority('kubernetes', new Date())
    assertFinding(await tlsOf(placeOf(api.url, certificatePem)), {
      verdict: 'fail',
      code: 'API_CA_MISMATCH',
      seen: /trusted is "kubernetes" sha256:[0-9a-f]{64}; the server shows .* by "another-ca"/,
    })
  })

  it('sees that a CA of the same name has another key', async () => {
    await using api = await hostileApi()
    const { certificatePem } = await createAuthority('kubernetes', new Date())
    assertFinding(await tlsOf(placeOf(api.url, certificatePem)), {
      verdict: 'fail',
      code: 'API_CA_MISMATCH',
      seen: /the same name, but another key/,
      fix: /set up anew/,
    })
  })

  it('recognises a proxy that looks into TLS by a CA that the machine trusts', async () => {
    await using api = await hostileApi(await createAuthority('Example Web Gateway', new Date()))
    const { certificatePem } = await createAuthority('kubernetes', new Date())
    assertFinding(await tlsOf(placeOf(api.url, certificatePem), () => [api.ca.certificatePem]), {
      verdict: 'fail',
      code: 'API_CA_MISMATCH',
      seen: /"Example Web Gateway".*a proxy that looks into TLS/,
    })
  })

  it('refuses a certificate for another name', async () => {
    const names = { ...noAlternativeNames, dnsNames: ['other.example'] }
    await using api = await hostileApi(undefined, { purpose: { ...apiServerPurpose('x'), names } })
    assertFinding(await tlsOf(placeOf(api.url, api.ca.certificatePem)), {
      verdict: 'fail',
      code: 'API_NAME_MISMATCH',
      seen: /not for "127\.0\.0\.1" but for DNS:other\.example/,
    })
    assertFinding(await tlsOf(placeOf(api.url, api.ca.certificatePem, { tlsServerName: 'other.example' })), {
      verdict: 'ok',
      seen: /until/,
    })
  })

  for (const { title, now, seen } of [
    { title: 'has expired', now: new Date(Date.now() - 10 * DAY_MS), seen: /has expired: it is valid from 20/ },
    { title: 'is not valid yet', now: new Date(Date.now() + 2 * DAY_MS), seen: /is not valid yet/ },
  ]) {
    it(`refuses a certificate that ${title}, and still compares the clocks`, async () => {
      await using api = await hostileApi(undefined, { now, lifetimeDays: 1 })
      api.answer(json({}, 401))
      const findings = await networkFindings(placeOf(api.url, api.ca.certificatePem), task)
      const [tls, clock] = findings.slice(-2)
      assert.ok(tls && clock)
      assertFinding(tls, { verdict: 'fail', code: 'API_CERTIFICATE_DATES', seen, fix: /if the clock is right/ })
      assertFinding(clock, { verdict: 'ok', seen: /that of whoever answers there are 0s apart/ })
    })
  }

  it('says that there is no TLS', async () => {
    await using plain = await listening(createHttpServer())
    const findings = await networkFindings(placeOf(`https://127.0.0.1:${plain.port}`, ''), task)
    assert.deepEqual(
      findings.map(({ name, verdict }) => `${name} ${verdict}`),
      ['dns ok', 'tcp ok', 'proxy ok', 'tls fail', 'clock skipped'],
    )
  })

  it('looks at the server’s certificate by way of the proxy of the kubeconfig', async () => {
    await using api = await hostileApi()
    await using by = await proxy()
    api.answer(json({}))
    const place = placeOf(api.url, api.ca.certificatePem, { proxyUrl: `http://127.0.0.1:${by.port}` })
    const findings = await networkFindings(place, task)
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      ['ok', 'ok', 'ok', 'ok', 'ok'],
      JSON.stringify(findings),
    )
    assert.deepEqual(by.tunnels, [api.url.slice('https://'.length)])
    const other = await createAuthority('kubernetes', new Date())
    assertFinding(await tlsOf({ ...place, caPem: other.certificatePem }), {
      verdict: 'fail',
      code: 'API_CA_MISMATCH',
      seen: /another key/,
    })
  })

  it('goes by the proxy of the kubeconfig, and looks at that first', async () => {
    const gone = await listening(createServer())
    await gone[Symbol.asyncDispose]()
    const place = placeOf('https://192.0.2.1:6443', '', { proxyUrl: `http://127.0.0.1:${gone.port}` })
    const findings = await networkFindings(place, { ...task, env: { HTTPS_PROXY: 'http://other:1' } })
    const [dns, tcp, proxy, tls] = findings
    assert.ok(dns && tcp && proxy && tls)
    assertFinding(tcp, { verdict: 'fail', seen: /no connection to the proxy: 127\.0\.0\.1/ })
    assertFinding(proxy, { verdict: 'ok', seen: /by way of http:\/\/127\.0\.0\.1/ })
    assertFinding(tls, { verdict: 'skipped', seen: /see tcp/ })
  })

  it('gives up on a server that takes connections and says nothing', async () => {
    await using silent = await listening(createServer())
    const place = placeOf(`https://127.0.0.1:${silent.port}`, '')
    const asked = showServer(place, { now: () => new Date(), signal, timeoutMs: 100 })
    await assert.rejects(asked, { code: 'API_TIMEOUT' })
  })
})
