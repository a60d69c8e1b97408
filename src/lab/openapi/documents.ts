/** OpenAPI documents: of version 3 one for each group version, and the index of them. Source: kube-openapi pkg/handler3/handler.go. */
import { createHash } from 'node:crypto'
import { type Served } from '../discovery.ts'
import type { Generation } from '../generation.ts'
import { pathsOf } from './paths.ts'
import { schemasOf } from './schemas.ts'
import { openApi2, type OpenApi2Document } from './version-2.ts'

/** A document as it is sent. */
export interface OpenApiDocument {
  readonly json: string
  /** SHA-512 of it in upper-case hexadecimal: changes when it does, so that clients may keep it for good. */
  readonly hash: string
}

export interface OpenApi {
  /** Below `/openapi/v3/`: `api/v1`, `apis/certificates.k8s.io/v1`. */
  document(path: string): OpenApiDocument | undefined
  /** Where each document is, with its hash, JSON. */
  index(): string
  /** `/openapi/v2`, without content. */
  version2(): OpenApi2Document
}

/** Made when they are first asked for: most clients never do. */
export function openApiOf(served: readonly Served[], { minor }: Generation): OpenApi {
  let made: ReadonlyMap<string, OpenApiDocument> | undefined
  const documents = (): ReadonlyMap<string, OpenApiDocument> => (made ??= documentsOf(served, minor))
  return {
    version2: () => openApi2(minor),
    document: (path) => documents().get(path),
    index: () => {
      const entries = [...documents()].map(
        ([path, { hash }]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const,
      )
      return JSON.stringify({ paths: Object.fromEntries(entries) })
    },
  }
}

function documentsOf(served: readonly Served[], minor: number): ReadonlyMap<string, OpenApiDocument> {
  const byPath = Map.groupBy(served, ({ group, version }) =>
    group === '' ? `api/${version}` : `apis/${group}/${version}`,
  )
  const documents = [...byPath].map(([path, those]) => {
    const json = JSON.stringify({
      openapi: '3.0.0',
      info: { title: 'Kubernetes', version: `v1.${minor}.0` },
      paths: pathsOf(those),
      components: { schemas: schemasOf(those) },
    })
    return [path, { json, hash: createHash('sha512').update(json).digest('hex').toUpperCase() }] as const
  })
  return new Map(documents.sort(([a], [b]) => (a < b ? -1 : 1)))
}
