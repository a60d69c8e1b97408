import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { RequestState, RequestSummary } from '../protocol.ts'
import { Key, State, Text } from './text.tsx'
import { clockTime, shortSigner } from './words.ts'

export interface Filter {
  readonly text: string
  readonly state: RequestState | 'all'
}

export const STATES = ['all', 'pending', 'approved', 'issued', 'denied', 'failed'] as const

/** The newest first; of one moment by name. */
export function shownRequests(requests: Iterable<RequestSummary>, { text, state }: Filter): RequestSummary[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (request: RequestSummary): boolean => {
    if (state !== 'all' && request.state !== state) return false
    const { name, commonName, requestor, signer } = request
    const all = [name, commonName, requestor, signer].join('\n').toLowerCase()
    return words.every((word) => all.includes(word))
  }
  return [...requests].filter(fits).sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1))
}

interface RequestListProps {
  readonly shown: readonly RequestSummary[]
  readonly total: number
  readonly selected: string | undefined
  readonly filter: Filter
  /** How many of them are drawn. */
  readonly most: number
  readonly onFilter: (filter: Filter) => void
  readonly onSelect: (name: string) => void
  readonly onMore: () => void
}

export function RequestList(props: RequestListProps): JSX.Element {
  const { shown, total, selected, filter, most, onFilter, onSelect, onMore } = props
  const list = useRef<HTMLUListElement>(null)
  const index = shown.findIndex(({ name }) => name === selected)
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [selected])
  return (
    <section class="list" aria-label="Requests">
      <form
        class="filter"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
        }}
      >
        <input
          id="filter"
          type="search"
          autocomplete="off"
          spellcheck={false}
          aria-label="Filter by name, subject, requestor or signer"
          placeholder="Filter  ( / )"
          value={filter.text}
          onInput={(event) => {
            onFilter({ ...filter, text: event.currentTarget.value })
          }}
        />
        <select
          aria-label="State"
          value={filter.state}
          onChange={(event) => {
            onFilter({ ...filter, state: event.currentTarget.value as Filter['state'] })
          }}
        >
          {STATES.map((state) => (
            <option value={state}>{state}</option>
          ))}
        </select>
        <output class="faint">{shown.length === total ? total : `${shown.length} of ${total}`}</output>
      </form>
      {shown.length === 0 && (
        <p class="empty">
          {total === 0 ? (
            <>
              No requests yet. They appear here as they come: <code>certlet bootstrap</code>, <code>kubectl apply</code>
              …
            </>
          ) : (
            'No request fits the filter.'
          )}
        </p>
      )}
      <ul
        ref={list}
        id="requests"
        role="listbox"
        aria-label="Requests"
        tabIndex={0}
        {...(index >= 0 && index < most && { 'aria-activedescendant': `request-${index}` })}
      >
        {shown.slice(0, most).map(({ name, commonName, state, signer, createdAt }, at) => (
          <li
            key={name}
            id={`request-${at}`}
            role="option"
            aria-selected={name === selected}
            onClick={() => {
              onSelect(name)
            }}
          >
            <span class="name">
              <Text of={commonName === '' ? name : commonName} />
            </span>
            <State of={state} />
            <span class="faint about">
              <Text of={name} /> · {shortSigner(signer)}
            </span>
            <time class="faint">{clockTime(createdAt)}</time>
          </li>
        ))}
      </ul>
      {shown.length > most && (
        <button type="button" class="more" onClick={onMore}>
          Show more: {shown.length - most} are not shown
        </button>
      )}
      <p class="hint faint">
        <Key of="j" /> <Key of="k" /> next, previous · <Key of="Enter" /> look closer · <Key of="?" /> all keys
      </p>
    </section>
  )
}
