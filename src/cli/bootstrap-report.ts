import type { BootstrapResult, Files } from '../agent/bootstrap.ts'
import type { BootstrapSettings } from '../agent/settings.ts'
import type { Usable } from '../agent/judge.ts'
import { columns } from './columns.ts'

/** The result for people. */
export function describeResult({ client, serving, removed }: BootstrapResult, settings: BootstrapSettings): string {
  const kept = client.how === 'kept' || client.how === 'finished'
  return columns([
    ['node', settings.identity.commonName],
    ['client', `${kept ? 'valid credential already there' : 'issued'}, ${dates(client.credential)}`],
    ['issuer', client.credential.certificate.issuer],
    ['kubeconfig', settings.kubeconfigPath],
    ['credential', client.currentPath],
    ['proof', client.proof ? `the API server accepts it (${client.proof.by})` : 'nothing was sent'],
    ...(serving
      ? ([
          [
            'serving',
            `${serving.how === 'kept' ? 'valid credential already there' : 'issued'}, ${dates(serving.credential)}`,
          ],
          ['names', namesOf(serving.credential).join(', ')],
          ['credential', serving.currentPath],
        ] as const)
      : []),
    ...removed.map((path) => ['removed', path] as const),
  ])
}

/** The result for programs. Its fields are API: docs/bootstrap.md. */
export function resultAsJson({ client, serving, removed }: BootstrapResult, settings: BootstrapSettings): object {
  return {
    node: settings.identity.nodeName,
    kubeconfig: settings.kubeconfigPath,
    client: {
      ...credentialAsJson(client),
      proof: client.proof ? { user: client.proof.username, groups: client.proof.groups, by: client.proof.by } : null,
    },
    serving: serving ? credentialAsJson(serving) : null,
    removed,
  }
}

function credentialAsJson(result: { how: string; credential: Usable; requestName?: string } & Files): object {
  const { subject, issuer, serial, notBefore, notAfter } = result.credential.certificate
  return {
    how: result.how,
    request: result.requestName ?? null,
    current: result.currentPath,
    pair: result.pairPath,
    subject,
    issuer,
    serial,
    names: namesOf(result.credential),
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
  }
}

function namesOf({ certificate: { subjectAltNames } }: Usable): string[] {
  return [...subjectAltNames.dnsNames, ...subjectAltNames.ipAddresses]
}

function dates({ certificate: { notBefore, notAfter } }: Usable): string {
  return `${moment(notBefore)} to ${moment(notAfter)}`
}

function moment(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
