/** What a client takes, best first. Source: apiserver pkg/endpoints/handlers/negotiation/negotiate.go. */
import { notAcceptable } from '../status.ts'

export type MediaType = 'application/json' | 'application/yaml' | 'application/vnd.kubernetes.protobuf'

/** The media types of objects, in the server's order. */
export const MEDIA_TYPES: readonly MediaType[] = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
]

/** What is written: protobuf only where the lab is told to, since clients on client-go then go on in JSON, which people can read. */
export function writtenTypes(protobuf: boolean): readonly MediaType[] {
  return protobuf ? MEDIA_TYPES : MEDIA_TYPES.filter((type) => type !== 'application/vnd.kubernetes.protobuf')
}

/** An object as another kind that says less, or that says it in columns. */
export interface Conversion {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly apiVersion: 'meta.k8s.io/v1' | 'meta.k8s.io/v1beta1'
}

export interface Accepted {
  readonly mediaType: MediaType
  readonly conversion: Conversion | undefined
}

export interface Offer {
  readonly mediaTypes: readonly MediaType[]
  /** Into what the endpoint can turn objects; errors are not turned into anything. */
  readonly conversions: 'all' | 'metadata' | 'none'
}

interface Clause {
  readonly type: string
  readonly subtype: string
  readonly quality: number
  readonly parameters: ReadonlyMap<string, string>
}

/** Undefined when nothing fits. */
export function negotiate(accept: string | undefined, { mediaTypes, conversions }: Offer): Accepted | undefined {
  for (const { mediaType, parameters } of clausesFitting(accept, mediaTypes)) {
    const conversion = conversionOf(parameters)
    if (conversion === 'unknown' || (conversion && conversions === 'none')) continue
    const columns = conversions === 'all' && mediaType !== 'application/vnd.kubernetes.protobuf'
    if (conversion?.kind !== 'Table' || columns) return { mediaType, conversion }
  }
  return undefined
}

/** What fits of what is offered, best first, with what the client says about it. A client that says nothing takes the first. */
export function* clausesFitting(
  accept: string | undefined,
  mediaTypes: readonly MediaType[],
): Generator<{ mediaType: MediaType; parameters: ReadonlyMap<string, string> }> {
  const [first] = mediaTypes
  if (accept === undefined || accept === '') {
    if (first !== undefined) yield { mediaType: first, parameters: new Map() }
    return
  }
  for (const { type, subtype, parameters } of clausesOf(accept)) {
    for (const mediaType of mediaTypes) {
      const [mainType, mainSubtype = ''] = mediaType.split('/')
      const fits = type === '*' ? subtype === '*' : type === mainType && (subtype === '*' || subtype === mainSubtype)
      if (fits) yield { mediaType, parameters }
    }
  }
}

/** @throws StatusError 406, in the words of the router when not even the media types fit */
export function negotiateObject(accept: string | undefined, offer: Offer): Accepted {
  if (accept !== undefined && accept !== '' && !routable(accept, MEDIA_TYPES)) {
    const available = MEDIA_TYPES.join(', ')
    throw notAcceptable(`406: Not Acceptable\n\nAvailable representations: ${available}`, {})
  }
  const accepted = negotiate(accept, offer)
  if (!accepted) throw notAcceptable(`only the following media types are accepted: ${MEDIA_TYPES.join(', ')}`)
  return accepted
}

/** The router in front knows full types and any type alone. Source: go-restful route.go, matchesAccept. */
function routable(accept: string, mediaTypes: readonly string[]): boolean {
  return accept
    .split(',')
    .map((entry) => entry.split(';')[0]?.trim() ?? '')
    .some((type) => type === '*/*' || mediaTypes.includes(type))
}

/** Best first, and of two that are equally good the narrower one. Source: github.com/munnerz/goautoneg. */
function clausesOf(accept: string): Clause[] {
  const clauses = accept.split(',').map((entry): Clause => {
    const [media = '', ...rest] = entry.split(';').map((part) => part.trim())
    const [type = '', subtype = type === '*' ? '*' : ''] = media.split('/')
    const parameters = new Map(
      rest.map((parameter) => {
        const [name = '', value = ''] = parameter.split('=', 2)
        return [name.trim(), value.trim().replace(/^"|"$/g, '')]
      }),
    )
    const quality = Number(parameters.get('q') ?? '1')
    return { type, subtype, quality: Number.isNaN(quality) ? 1 : quality, parameters }
  })
  const wildcards = ({ type, subtype }: Clause): number => Number(type === '*') + Number(subtype === '*')
  return clauses.sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b))
}

const KINDS = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const
const VERSIONS = ['v1', 'v1beta1'] as const

function conversionOf(parameters: ReadonlyMap<string, string>): Conversion | 'unknown' | undefined {
  const kind = parameters.get('as')
  const version = parameters.get('v')
  const group = parameters.get('g')
  if (kind === undefined && version === undefined && group === undefined) return undefined
  const known = KINDS.find((one) => one === kind)
  const at = VERSIONS.find((one) => one === version)
  if (known === undefined || at === undefined || group !== 'meta.k8s.io') return 'unknown'
  return { kind: known, apiVersion: `meta.k8s.io/${at}` }
}
