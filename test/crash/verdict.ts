import { X509Certificate } from 'node:crypto'
import { load } from 'js-yaml'
import { readPair } from '../../src/store/pair.ts'
import { csrs } from '../support/command.ts'
import { type FolderImage, generalName } from '../support/folder-image.ts'
import { sendWithPair } from '../support/lab-client.ts'
import { NODE, type NodePlace } from './node-place.ts'
import { ABSENT, digest, type Sightings } from './reader-process.ts'
import { CURRENT, type Scenario } from './scenario.ts'

/** What a run that nothing struck leaves, and what stood there before. */
export interface Reference {
  readonly before: FolderImage
  readonly after: FolderImage
}

const KUBECONFIG = 'etc/kubelet.conf'
const TOKEN = 'etc/bootstrap.conf'

/** What must hold at the moment of the crash, whatever it was. @returns what does not. */
export async function faultsAtOnce(
  place: NodePlace,
  { purpose }: Scenario,
  { before, after }: Reference,
  proven: boolean,
): Promise<string[]> {
  const now = place.image()
  const faults = wideModes(now)
  const kubeconfig = contentOf(now, KUBECONFIG)
  if (kubeconfig !== contentOf(before, KUBECONFIG) && kubeconfig !== contentOf(after, KUBECONFIG)) {
    faults.push('the kubeconfig is neither the old nor the new one')
  }
  const pair = pairAt(now, place, CURRENT[purpose])
  if (pair === undefined && pairAt(before, place, CURRENT[purpose]) !== undefined) faults.push('no pair is in use')
  if (pair !== undefined && 'broken' in readPair(pair)) faults.push('the pair in use is broken')
  const hadClient = before.has(KUBECONFIG) && !before.has(TOKEN)
  if (hadClient) faults.push(...(await accepted(place)))
  if (before.has(TOKEN) && !now.has(TOKEN)) {
    if (!proven) faults.push('the token is gone, and nothing was proven')
    faults.push(...(await accepted(place)))
  }
  return faults
}

/** What must hold when the command was started again and is done. */
export async function faultsAtLast(place: NodePlace, { purpose }: Scenario, { after }: Reference): Promise<string[]> {
  const now = place.image()
  const faults = [...wideModes(now), ...(await accepted(place))]
  const names = (image: FolderImage): string => [...image.keys()].map(generalName).sort().join(' ')
  if (names(now) !== names(after)) faults.push(`other files than expected: ${names(now)}`)
  const narrow = [...now].filter(([name, entry]) => entry.kind === 'file' && entry.mode !== 0o600 && name !== TOKEN)
  if (narrow.length > 0) faults.push(`modes that are not 0600: ${narrow.map(([name]) => name).join(' ')}`)
  if (contentOf(now, KUBECONFIG) !== contentOf(after, KUBECONFIG)) faults.push('the kubeconfig is not as it should be')
  const requests = await csrs(place.lab)
  if (requests.length !== 1) faults.push(`${requests.length} requests`)
  const issued = requests.map(({ status }) =>
    Buffer.from((status['certificate'] as string | undefined) ?? '', 'base64').toString(),
  )
  const leaf = serialIn(pairAt(now, place, CURRENT[purpose]))
  if (leaf === undefined || !issued.some((pem) => serialIn(pem) === leaf)) {
    faults.push('the certificate in use is not the one that was requested')
  }
  return faults
}

/** What a reader may never have seen: something that is neither the old nor the new, none where there was one, or the old after the new. */
export function faultsSeen(
  place: NodePlace,
  { purpose }: Scenario,
  { before }: Reference,
  sightings: Sightings,
): string[] {
  const now = place.image()
  const found = (image: FolderImage, name: string): string => {
    const content = name === KUBECONFIG ? contentOf(image, name) : pairAt(image, place, name)
    return content === undefined ? ABSENT : digest(Buffer.from(content, 'latin1'))
  }
  if (sightings.looks === 0) return ['the reader did not look']
  return [KUBECONFIG, CURRENT[purpose]].flatMap((name) => {
    const [old, fresh] = [found(before, name), found(now, name)]
    const seen = (sightings.seen[place.path(name)] ?? []).join(' ')
    return [old, fresh, `${old} ${fresh}`].includes(seen)
      ? []
      : [`a reader of ${name} saw ${seen}, not ${old} and ${fresh}`]
  })
}

/** What a reader is to look at. */
export function watched(place: NodePlace, { purpose }: Scenario): string[] {
  return [KUBECONFIG, CURRENT[purpose]].map((name) => place.path(name))
}

/** @returns whether the API server has since told the node who it is: asked before anybody else asks with its credential. */
export function proofs({ lab }: NodePlace): () => boolean {
  const last = lab.requests.at(-1)
  return () =>
    lab.requests
      .slice(last ? lab.requests.lastIndexOf(last) + 1 : 0)
      .some(
        ({ resource, user, status }) =>
          resource === 'selfsubjectreviews' && user === `system:node:${NODE}` && status === 201,
      )
}

/** Whether what is on disk works, by a call as a kubelet would make it. */
async function accepted(place: NodePlace): Promise<string[]> {
  const image = place.image()
  try {
    const { clusters, users } = load(contentOf(image, KUBECONFIG) ?? '') as {
      clusters: { cluster: Record<string, string> }[]
      users: { user: Record<string, string> }[]
    }
    const { server: url = '', 'certificate-authority-data': ca = '' } = clusters[0]?.cluster ?? {}
    const path = users[0]?.user['client-certificate'] ?? ''
    const pem = pairAt(image, place, path.slice(place.folder.length + 1)) ?? ''
    const lab = { url, caPem: Buffer.from(ca, 'base64').toString() }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const answer = await sendWithPair(lab, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      cert: pem,
      key: pem,
      body,
    })
    const { userInfo } = (answer.body['status'] ?? {}) as { userInfo?: { username?: string } }
    return userInfo?.username === `system:node:${NODE}` ? [] : [`the credential is not accepted: ${answer.text}`]
  } catch (error) {
    return [`the credential cannot be used: ${String(error)}`]
  }
}

function wideModes(image: FolderImage): string[] {
  const wide = [...image].filter(
    ([name, entry]) =>
      (entry.kind === 'file' && (entry.mode & 0o077) !== 0) ||
      (name === 'pki' && entry.kind === 'folder' && entry.mode !== 0o700),
  )
  return wide.map(([name]) => `others may read ${name}`)
}

function contentOf(image: FolderImage, name: string): string | undefined {
  const entry = image.get(name)
  return entry?.kind === 'file' ? entry.content : undefined
}

/** What stands behind a link, or in a file. */
function pairAt(image: FolderImage, { folder }: NodePlace, name: string): string | undefined {
  const entry = image.get(name)
  return contentOf(image, entry?.kind === 'link' ? entry.target.slice(folder.length + 1) : name)
}

function serialIn(pem: string | undefined): string | undefined {
  try {
    return new X509Certificate(pem ?? '').serialNumber
  } catch {
    return undefined
  }
}
