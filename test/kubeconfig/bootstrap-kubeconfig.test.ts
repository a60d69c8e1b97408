import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { readBootstrapKubeconfig } from '../../src/kubeconfig/bootstrap-kubeconfig.ts'
import { temporaryFolder } from '../support/folder.ts'

const TOKEN = 'abcdef.0123456789abcdef'
const text = ({
  cluster = 'server: https://a:6443',
  user = `token: ${TOKEN}`,
  context = 'cluster: c, user: u',
  current = 'x',
} = {}): string =>
  `kind: Config\ncurrent-context: ${current}\ncontexts: [{name: x, context: {${context}}}]\nclusters: [{name: c, cluster: {${cluster}}}]\nusers: [{name: u, user: {${user}}}]\n`

describe('bootstrap kubeconfig', () => {
  const folder = temporaryFolder()
  for (const { title, given, code } of [
    { title: 'is empty', given: '', code: 'KUBECONFIG_INVALID' },
    { title: 'is not YAML', given: `a: [${TOKEN}\nb: }`, code: 'KUBECONFIG_INVALID' },
    { title: 'has no current-context', given: text({ current: '""' }), code: 'KUBECONFIG_INVALID' },
    { title: 'has a context without cluster', given: text({ context: 'user: u' }), code: 'KUBECONFIG_INVALID' },
    { title: 'has a context without user', given: text({ context: 'cluster: c' }), code: 'KUBECONFIG_INVALID' },
    { title: 'has no credential', given: text({ user: '' }), code: 'KUBECONFIG_INVALID' },
    { title: 'has a malformed token', given: text({ user: `token: ${TOKEN}x` }), code: 'TOKEN_MALFORMED' },
    {
      title: 'has an unreadable CA',
      given: text({ cluster: 'server: https://a, certificate-authority: ca.crt' }),
      code: 'CA_UNREADABLE',
    },
    { title: 'is plain http', given: text({ cluster: 'server: http://a' }), code: 'INSECURE_REFUSED' },
    {
      title: 'skips verification',
      given: text({ cluster: 'server: https://a, insecure-skip-tls-verify: true' }),
      code: 'INSECURE_REFUSED',
    },
  ]) {
    it(`is refused when it ${title}, without a word of the token`, () => {
      writeFileSync(folder.file('b'), given, { mode: 0o600 })
      assert.throws(
        () => readBootstrapKubeconfig({ kind: 'file', path: folder.file('b') }, false),
        (error: Error & { code?: string }) => error.code === code && !error.message.includes(TOKEN),
      )
    })
  }

  it('is missing', () => {
    assert.throws(() => readBootstrapKubeconfig({ kind: 'file', path: folder.file('b') }, false), {
      code: 'KUBECONFIG_MISSING',
    })
  })

  it('reads a token file beside it, without its newline', () => {
    writeFileSync(folder.file('t'), `${TOKEN}\n`, { mode: 0o600 })
    writeFileSync(folder.file('b'), text({ user: 'tokenFile: t' }), { mode: 0o644 })
    const read = readBootstrapKubeconfig({ kind: 'file', path: folder.file('b') }, false)
    assert.equal(read.credential.token, TOKEN)
    assert.equal(read.warnings.length, 1)
  })

  it('comes by standard input, and is insecure only when allowed', () => {
    const source = { kind: 'stdin', text: text({ cluster: 'server: http://a' }) } as const
    assert.equal(readBootstrapKubeconfig(source, true).insecure.length, 1)
  })
})
