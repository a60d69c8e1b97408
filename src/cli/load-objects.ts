import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { CertletError } from '../errors.ts'

/** What a file for `certlet lab --load` holds. */
export interface LoadedObjects {
  readonly objects: readonly object[]
  /** Whether the file says all that a recorded server held (fixtures.json of recordings), not just something more. */
  readonly whole: boolean
}

/**
 * Reads objects from YAML or JSON: one object or several documents of them, a list, a List object, or the fixtures of recordings.
 * @throws CertletError USAGE if it cannot be read, does not parse, or holds something else.
 */
export function loadObjects(path: string): LoadedObjects {
  const refuse = (why: string): never => {
    throw new CertletError('USAGE', `Cannot use objects of --load "${path}": ${why}`)
  }
  let documents: unknown[]
  try {
    documents = loadAll(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return refuse(code ?? `it is neither YAML nor JSON (${(error as Error).message.split('\n')[0] ?? ''})`)
  }
  const [first] = documents
  if (documents.length === 1 && isRecord(first) && Array.isArray(first['base'])) {
    return {
      objects: first['base'].map((entry) => objectOf(isRecord(entry) ? entry['object'] : entry, refuse)),
      whole: true,
    }
  }
  const items = documents.filter((document) => document !== null && document !== undefined).flatMap(itemsOf)
  return { objects: items.map((item) => objectOf(item, refuse)), whole: false }
}

function itemsOf(document: unknown): unknown[] {
  if (Array.isArray(document)) return document
  const isList = isRecord(document) && String(document['kind']).endsWith('List') && Array.isArray(document['items'])
  return isList ? (document['items'] as unknown[]) : [document]
}

function objectOf(value: unknown, refuse: (why: string) => never): object {
  if (isRecord(value) && typeof value['kind'] === 'string' && isRecord(value['metadata'])) return value
  return refuse('not everything in it is an object with kind and metadata')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
