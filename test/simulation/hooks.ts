import { registerHooks } from 'node:module'

/** A change to the sources, made while they are loaded: a mutation. */
export interface SourceChange {
  /** Below src/. */
  readonly file: string
  readonly from: string
  readonly to: string
}

const SRC = new URL('../../src/', import.meta.url).href
const FACES: Readonly<Record<string, string>> = {
  'node:fs': new URL('faces/fs.ts', import.meta.url).href,
  'node:sqlite': new URL('faces/sqlite.ts', import.meta.url).href,
  'node:crypto': new URL('faces/crypto.ts', import.meta.url).href,
}

/** Modules that get the machine's files instead of this process's: certlet's own, and client-node's reader of kubeconfigs. */
const OTHER_READERS = /\/@kubernetes\/client-node\/dist\/config\.js$/

const changes = new Map<string, readonly SourceChange[]>()

/**
 * Certlet's sources as they ship, on a machine that is simulated: their imports of node:fs, node:sqlite and node:crypto lead to the faces.
 * Each variant is a set of modules of its own.
 */
export function registerVariant(name: string, changed: readonly SourceChange[]): void {
  changes.set(name, changed)
}

/** The text of a module with the changes in it. @throws Error if one does not fit the text any more: exactly one place has to. */
export function changedText(text: string, changed: readonly Pick<SourceChange, 'from' | 'to'>[]): string {
  return changed.reduce((before, { from, to }) => {
    const parts = before.split(from)
    if (parts.length !== 2) throw new Error(`the sources have ${parts.length - 1} places instead of one for:\n${from}`)
    return parts.join(to)
  }, text)
}

registerHooks({
  resolve: (specifier, context, next) => {
    const variant = variantOf(context.parentURL)
    const face = FACES[specifier]
    if (face !== undefined && variant !== undefined) return { url: face, shortCircuit: true }
    if (specifier === 'node:fs' && OTHER_READERS.test(context.parentURL ?? '')) {
      return { url: FACES['node:fs'] ?? '', shortCircuit: true }
    }
    const resolved = next(specifier, context)
    const inherits = variant !== undefined && resolved.url.startsWith(SRC) && !resolved.url.includes('?')
    return inherits ? { ...resolved, url: `${resolved.url}?variant=${variant}` } : resolved
  },
  load: (url, context, next) => {
    const loaded = next(url, context)
    const variant = variantOf(url)
    const changed = (variant === undefined ? undefined : changes.get(variant))?.filter(({ file }) =>
      url.startsWith(`${SRC}${file}?`),
    )
    if (!changed || changed.length === 0) return loaded
    return { ...loaded, source: changedText(textOf(loaded.source), changed) }
  },
})

function variantOf(url: string | undefined): string | undefined {
  return url?.startsWith(SRC) ? /\?variant=(.*)$/.exec(url)?.[1] : undefined
}

function textOf(source: unknown): string {
  return typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8')
}
