import { type CertificateSigningRequest, Signer } from '../controllers/csr.ts'
import type { Lab } from '../lab.ts'
import { nodes as nodeResource } from '../resources/nodes.ts'
import type { KubeObject } from '../storage.ts'
import type { NodeView } from './protocol.ts'
import { certificateOf, commonNameOf } from './request-view.ts'
import type { Sightings } from './sightings.ts'

const PREFIX = 'system:node:'

type Ends = { -readonly [end in 'clientUntil' | 'servingUntil']?: number }

/** Whoever is a node: by a Node object, or by a certificate that a stored request got. */
export function nodeViews(stored: Lab['stored'], sightings: Sightings, now: Date): NodeView[] {
  const ends = new Map<string, Ends>()
  for (const csr of stored('certificatesigningrequests').list() as CertificateSigningRequest[]) note(csr, ends)
  const objects = new Map((stored('nodes').list() as KubeObject[]).map((node) => [node.metadata.name ?? '', node]))
  return [...new Set([...objects.keys(), ...ends.keys()])].sort().map((name) => {
    const object = objects.get(name)
    const { at, requests = 0 } = sightings.of(`${PREFIX}${name}`) ?? {}
    // The second of kubectl's columns.
    const status = object && String(nodeResource.table?.cells(object, now)[1] ?? '')
    return { name, ...(status && { status }), ...ends.get(name), ...(at !== undefined && { seenAt: at }), requests }
  })
}

function note(csr: CertificateSigningRequest, ends: Map<string, Ends>): void {
  const { signerName } = csr.spec
  const which =
    signerName === Signer.kubeletClient
      ? 'clientUntil'
      : signerName === Signer.kubeletServing
        ? 'servingUntil'
        : undefined
  const certificate = which && certificateOf(csr)
  if (!certificate || certificate === 'unreadable') return
  const commonName = commonNameOf(csr)
  if (!commonName.startsWith(PREFIX)) return
  const name = commonName.slice(PREFIX.length)
  const own = ends.get(name) ?? {}
  own[which] = Math.max(own[which] ?? 0, certificate.notAfter)
  ends.set(name, own)
}
