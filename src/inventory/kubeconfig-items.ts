import { dirname } from 'node:path'
import { CertletError } from '../errors.ts'
import { type ClusterEntry, entriesOf, readDocument, type UserEntry } from '../kubeconfig/document.ts'
import { type Origin, pathOf, pemOf, readNamedFile, textOf } from '../kubeconfig/named-file.ts'
import { shownAddress } from '../kubeconfig/shown-address.ts'
import { bootstrapTokenId, tokenProblem } from '../kubeconfig/token.ts'
import type { OtherFinding, Place } from './inventory.ts'
import type { Item, KeyItem } from './item.ts'
import { broken, pemItems } from './pem-items.ts'

/** Whether a text means to be a kubeconfig. */
export function isKubeconfig(text: string): boolean {
  return /^(kind:\s*"?Config\b|clusters:|users:)|"kind":\s*"Config"/m.test(text)
}

/** What a kubeconfig holds or names: every cluster and every user, not only the current context's. */
export function kubeconfigItems(text: string, path: string): Item[] {
  const document = readDocument(text)
  if ('problem' in document) return [broken({ path }, document.problem)]
  const origin = { what: 'kubeconfig', name: `"${path}"`, folder: dirname(path) }
  const items = [
    ...entriesOf(document.mapping, 'cluster').flatMap(({ name, value }) =>
      guarded({ path, entry: `cluster "${name}"` }, (place) => clusterItems(value, place, origin)),
    ),
    ...entriesOf(document.mapping, 'user').flatMap(({ name, value }) =>
      guarded({ path, entry: `user "${name}"` }, (place) => userItems(value, place, origin)),
    ),
  ]
  return items.length > 0 ? items : [broken({ path }, 'a kubeconfig without clusters and users')]
}

function clusterItems(cluster: ClusterEntry, place: Place, origin: Origin): Item[] {
  const data = textOf(cluster, 'certificate-authority-data', origin)
  const file = data === undefined ? pathOf(cluster, 'certificate-authority', origin) : undefined
  const pem =
    data !== undefined
      ? Buffer.from(data, 'base64')
      : file !== undefined && readNamedFile(file, 'certificate authority', { code: 'CA_UNREADABLE' })
  const named = textOf(cluster, 'server', origin)
  const server = named === undefined ? 'no server' : shownAddress(named)
  const trust =
    cluster['insecure-skip-tls-verify'] === true
      ? ', whoever answers is believed (insecure-skip-tls-verify)'
      : pem
        ? ''
        : ', trusted by the system’s CAs'
  const items = pem ? certificatesOnly(pem.toString('utf8'), place) : []
  return [other(place, `${server}${trust}`), ...items]
}

function userItems(user: UserEntry, place: Place, origin: Origin): Item[] {
  const certificate = pemOf(user, 'client-certificate', origin, { code: 'DISK_ERROR' })
  const key = pemOf(user, 'client-key', origin, { code: 'DISK_ERROR' })
  if (certificate && !key)
    return [...certificatesOnly(certificate.toString('utf8'), place), broken(place, 'it has no client-key')]
  const keys = key ? pemItems(key.toString('utf8'), place).flatMap((item) => (item.kind === 'key' ? [item] : [])) : []
  const items = certificate ? certificatesOnly(certificate.toString('utf8'), place, keys[0]) : []
  if (key && keys.length === 0) items.push(broken(place, 'there is no private key in its client-key'))
  const secrets = otherCredentials(user, place, origin)
  return [
    ...items,
    ...keys,
    ...secrets,
    ...(items.length + secrets.length === 0 ? [broken(place, 'it has no credential')] : []),
  ]
}

/** The certificates of a text, the first one with the key that belongs to it. */
function certificatesOnly(pem: string, place: Place, ownKey?: KeyItem): Item[] {
  const items = pemItems(pem, place).filter(({ kind }) => kind === 'certificate' || kind === 'remark')
  if (items.length === 0) return [broken(place, 'there is no certificate in it')]
  return items.map((item, index) => (item.kind === 'certificate' && index === 0 && ownKey ? { ...item, ownKey } : item))
}

/** Tokens are named, never shown; the id of a bootstrap token is part of its user's name, and no secret. */
function otherCredentials(user: UserEntry, place: Place, origin: Origin): Item[] {
  const file = pathOf(user, 'tokenFile', origin)
  const token = textOf(user, 'token', origin)
  const id = token === undefined ? undefined : bootstrapTokenId(token)
  const problem = token === undefined ? undefined : tokenProblem(token)
  return [
    ...(file === undefined ? [] : [other(place, `the token in "${file}"`)]),
    ...(token === undefined
      ? []
      : [other(place, id === undefined ? 'a bearer token' : `the bootstrap token with the id "${id}"`)]),
    ...(problem === undefined ? [] : [broken(place, `its token is none: ${problem}`)]),
    ...(user.exec === undefined || user.exec === null
      ? []
      : [other(place, 'a command that gets the credential (exec)')]),
    ...(user.username === undefined || user.username === null
      ? []
      : [other(place, 'a password, which API servers no longer accept')]),
  ]
}

function other(place: Place, what: string): { kind: 'other' } & OtherFinding {
  return { kind: 'other', ...place, what }
}

/** What is wrong with one entry does not hide the others. */
function guarded(place: Place, read: (place: Place) => Item[]): Item[] {
  try {
    return read(place)
  } catch (error) {
    if (error instanceof CertletError) return [broken(place, error.message)]
    throw error
  }
}
