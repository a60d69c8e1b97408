import { formatDuration } from '../duration.ts'
import { tokenText } from '../discovery/bootstrap-token.ts'
import type { ListedToken } from '../tokens/token-secret.ts'
import { tableLines } from './columns.ts'
import { printable } from './printable.ts'

/** What is shown of tokens. */
export interface Show {
  /** Whole tokens, not their ids alone. */
  readonly secrets: boolean
  readonly now: Date
}

/** Tokens for people: a line each, and one more for a description, groups or fault. */
export function describeTokens(tokens: readonly ListedToken[], show: Show): string {
  if (tokens.length === 0) return ''
  const rows = tokens.map((token) => [shownToken(token, show), token.state.kind, expiry(token, show), usagesOf(token)])
  const head = ['TOKEN', 'STATE', 'EXPIRES', 'USAGES']
  const [title, ...lines] = tableLines([head, ...rows])
  return `${title ?? ''}\n${lines.map((line, index) => `${line}\n${notes(tokens[index])}`).join('')}`
}

/** A token for programs. Its fields are API: docs/join.md. */
export function tokenAsJson(token: ListedToken, { secrets }: Show): object {
  const { id, state, usages, groups, description, expires } = token
  return {
    id,
    ...(secrets && { token: token.token ? tokenText(token.token) : null }),
    state: state.kind,
    ...(state.kind === 'broken' && { reason: state.why }),
    expires: expires?.toISOString() ?? null,
    usages,
    groups,
    description,
  }
}

function shownToken({ id, token }: ListedToken, { secrets }: Show): string {
  return secrets && token ? tokenText(token) : id
}

function expiry({ expires }: ListedToken, { now }: Show): string {
  if (!expires) return 'never'
  const leftMs = expires.getTime() - now.getTime()
  const minutes = Math.max(60_000, Math.floor(Math.abs(leftMs) / 60_000) * 60_000)
  return leftMs > 0 ? `in ${formatDuration(minutes)}` : `${formatDuration(minutes)} ago`
}

function usagesOf({ usages }: ListedToken): string {
  return usages.length > 0 ? usages.join(',') : 'none'
}

function notes(token: ListedToken | undefined): string {
  if (!token) return ''
  const { state, description, groups } = token
  const lines = [
    ...(state.kind === 'broken' ? [`not accepted: ${state.why}`] : []),
    ...(description === '' ? [] : [description]),
    ...groups,
  ]
  return lines.map((text) => `  ${printable(text)}\n`).join('')
}
