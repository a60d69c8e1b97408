import { CertletError } from '../errors.ts'
import { hideTokens, parseBootstrapToken } from './bootstrap-token.ts'

/** Port of an API server when none is said. Source: cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go, DefaultAPIBindPort. */
const API_PORT = 6443

/**
 * The address of the API server, from `HOST`, `HOST:PORT` or `[IPV6]:PORT` on the command line.
 * @returns `https://HOST:PORT`
 * @throws CertletError USAGE
 */
export function endpointUrl(text: string): string {
  if (parseBootstrapToken(text)) {
    throw new CertletError('USAGE', 'There is a token where HOST:PORT belongs', {
      hint: 'certlet join HOST:PORT --token-file FILE; a host of such a name can be given with its port',
    })
  }
  const bare = text.replace(/^https:\/\//, '').replace(/\/$/, '')
  const url = URL.parse(`https://${bare}`)
  const port = /:(\d+)$/.exec(bare.replace(/\[.*\]/, ''))?.[1] ?? String(API_PORT)
  const rest = url && `${url.username}${url.password}${url.pathname.slice(1)}${url.search}${url.hash}`
  if (url && rest === '' && url.hostname !== '') return `https://${url.hostname}:${port}`
  throw new CertletError('USAGE', `Cannot use ${JSON.stringify(hideTokens(text))} as API server: expected HOST:PORT`)
}
