import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Authority, createAuthority, issue, type KeyPair } from '../../src/lab/pki/authority.ts'

/** The moment at which the tests' certificates are made. */
export const MADE = new Date('2026-01-01T00:00:00Z')

export const ca = (name = 'kubernetes'): Promise<Authority> => createAuthority(name, MADE)

/** A certificate for a year, and its key. */
export function client(authority: Authority, commonName = 'someone', made = MADE): Promise<KeyPair> {
  return issue(authority, { commonName, extendedKeyUsage: 'client auth' }, { now: made })
}

export function server(authority: Authority, commonName = 'server'): Promise<KeyPair> {
  return issue(authority, { commonName, extendedKeyUsage: 'server auth' }, { now: MADE })
}

/** Writes files under `folder`, by their paths in it. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text, { mode: 0o600 })
  }
}

/** `NAME.crt` and `NAME.key` of a pair. */
export function pairFiles(name: string, { certificatePem, keyPem }: KeyPair): Record<string, string> {
  return { [`${name}.crt`]: certificatePem, [`${name}.key`]: keyPem }
}

/** A kubeconfig with one user, inline. */
export function kubeconfigOf(authority: Authority, { certificatePem, keyPem }: KeyPair, name = 'someone'): string {
  const data = (text: string): string => Buffer.from(text).toString('base64')
  return `apiVersion: v1
kind: Config
current-context: c
clusters:
- {name: kubernetes, cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: ${data(authority.certificatePem)}}}
users:
- {name: ${name}, user: {client-certificate-data: ${data(certificatePem)}, client-key-data: ${data(keyPem)}}}
contexts:
- {name: c, context: {cluster: kubernetes, user: ${name}}}
`
}
