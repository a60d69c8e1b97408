import type { ApiServer } from '../../kubeconfig/api-server.ts'
import { shownAddress } from '../../kubeconfig/shown-address.ts'
import { type Finding, ok, warn } from '../finding.ts'
import { withoutProxy } from './no-proxy.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * By which way the server is reached: certlet goes by the kubeconfig's proxy-url alone, the kubelet's and kubectl's Go libraries by
 * HTTPS_PROXY as well. Pure. Source: client-go transport; golang.org/x/net/http/httpproxy, FromEnvironment.
 */
export function proxyFinding({ url, proxyUrl }: ApiServer, env: Environment): Finding {
  const name = 'proxy'
  if (proxyUrl !== undefined)
    return ok(name, `by way of ${shownAddress(withScheme(proxyUrl))} (proxy-url of the kubeconfig)`)
  const { hostname, port } = new URL(url)
  const inForce = env['HTTPS_PROXY'] ?? env['https_proxy'] ?? ''
  if (inForce === '') return ok(name, 'none is named: straight to the server')
  if (withoutProxy(hostname, Number(port || 443), env['NO_PROXY'] ?? env['no_proxy'] ?? '')) {
    return ok(name, `straight to the server, as NO_PROXY takes ${hostname} out`)
  }
  return warn(
    name,
    `HTTPS_PROXY is ${shownAddress(withScheme(inForce))}: a kubelet would go by it, certlet goes straight to ${hostname}`,
    `add ${hostname} to NO_PROXY; if the server is reached by the proxy alone, set proxy-url in the kubeconfig`,
  )
}

/** Go's libraries take an address without a scheme as one of http. */
function withScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`
}
