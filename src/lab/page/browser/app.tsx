import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RequestDetail } from '../protocol.ts'
import { Decision, type Verdict } from './decision.tsx'
import { Faults } from './faults.tsx'
import { KEYS, useKeys } from './keys.ts'
import { Nodes, Tokens } from './lists.tsx'
import { Detail } from './request-detail.tsx'
import { type Filter, RequestList, shownRequests } from './request-list.tsx'
import { type Known, type Store, useKnown } from './store.ts'
import { Key, Text } from './text.tsx'
import { useAsked } from './use-asked.ts'

const VIEWS = ['requests', 'nodes', 'tokens', 'faults'] as const
type View = (typeof VIEWS)[number]

/** How many requests are drawn at first, and with each wish for more. */
const PAGE = 200

export function App({ store }: { store: Store }): JSX.Element {
  const known = useKnown(store)
  const [view, setView] = useState<View>('requests')
  const [filter, setFilter] = useState<Filter>({ text: '', state: 'all' })
  const [most, setMost] = useState(PAGE)
  const [selected, setSelected] = useState<string>()
  const [verdict, setVerdict] = useState<Verdict>()
  const help = useRef<HTMLDialogElement>(null)
  const shown = useMemo(() => shownRequests(known.requests.values(), filter), [known.turn, filter])
  const pending = useMemo(() => count(known, 'pending'), [known.turn])
  const live = known.connection === 'live'
  useEffect(() => {
    document.title = pending > 0 ? `(${pending}) certlet lab` : 'certlet lab'
  }, [pending])

  const select = (name: string | undefined): void => {
    setSelected(name)
    setVerdict(undefined)
  }
  const go = (to: number): boolean => {
    const at = Math.min(Math.max(to, 0), shown.length - 1)
    if (at < 0) return false
    if (at >= most) setMost(at + PAGE)
    select(shown[at]?.name)
    return true
  }
  const open = (to: View): boolean => {
    setView(to)
    return true
  }
  const onKey = (key: string, target: Element | undefined): boolean => {
    const [one, two, three, four] = VIEWS
    const views: Readonly<Record<string, View>> = { '1': one, '2': two, '3': three, '4': four }
    const to = views[key]
    if (to) return open(to)
    if (key === '?') {
      help.current?.showModal()
      return true
    }
    if (view !== 'requests') return false
    const at = shown.findIndex(({ name }) => name === selected)
    const onButton = target?.matches('button, summary, input') === true
    switch (key) {
      case 'j':
      case 'ArrowDown':
        return go(at + 1)
      case 'k':
      case 'ArrowUp':
        return go(at < 0 ? 0 : at - 1)
      case 'Home':
        return go(0)
      case 'End':
        return go(Math.min(most, shown.length) - 1)
      case 'a':
      case 'd':
        if (selected === undefined || !live || known.requests.get(selected)?.state !== 'pending') return false
        setVerdict(key === 'a' ? 'approve' : 'deny')
        return true
      case '/':
        document.getElementById('filter')?.focus()
        return true
      case 'Enter':
        if (onButton || selected === undefined) return false
        document.getElementById('detail-title')?.focus()
        return true
      case 'Escape':
        if (target?.id === 'filter' || verdict !== undefined || target?.id === 'detail-title') {
          setVerdict(undefined)
          document.getElementById('requests')?.focus()
        } else select(undefined)
        return true
      default:
        return false
    }
  }
  useKeys(onKey)

  return (
    <>
      <header class="top">
        <h1>certlet lab</h1>
        <nav aria-label="Views">
          {VIEWS.map((one, at) => (
            <button
              type="button"
              {...(one === view && { 'aria-current': 'page' })}
              onClick={() => {
                open(one)
              }}
            >
              {one} <span class="count">{countOf(one, known)}</span> <Key of={String(at + 1)} />
            </button>
          ))}
        </nav>
        <Connection of={known.connection} />
        <button
          type="button"
          class="keys"
          aria-label="Keys"
          onClick={() => {
            help.current?.showModal()
          }}
        >
          ?
        </button>
      </header>
      {known.connection === 'lost' && (
        <p class="banner" role="alert">
          The lab does not answer: it was stopped, or is not to be reached. What is shown is old. Trying again…
        </p>
      )}
      {known.connection === 'ended' && (
        <p class="banner" role="alert">
          This page’s lab has ended. A new one prints a new link.
        </p>
      )}
      <main class={`view-${view}`}>
        {view === 'requests' && (
          <>
            <RequestList
              {...{ shown, selected, filter, most }}
              total={known.requests.size}
              onFilter={(next) => {
                setFilter(next)
                setMost(PAGE)
              }}
              onSelect={select}
              onMore={() => {
                setMost(most + PAGE)
              }}
            />
            <Selected
              {...{ known, live, verdict }}
              name={selected}
              onVerdict={setVerdict}
              onClose={() => {
                select(undefined)
              }}
            />
          </>
        )}
        {view === 'nodes' && <Nodes occasion={known.turn} />}
        {view === 'tokens' && <Tokens occasion={known.turn} />}
        {view === 'faults' && known.settings && <Faults settings={known.settings} disabled={!live} />}
      </main>
      <dialog ref={help} aria-label="Keys">
        <h2>Keys</h2>
        <dl>
          {KEYS.map(([keys, what]) => (
            <>
              <dt>
                {keys.map((key) => (
                  <kbd>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </>
          ))}
        </dl>
        <button type="button" autofocus onClick={() => help.current?.close()}>
          Close
        </button>
      </dialog>
    </>
  )
}

interface SelectedProps {
  readonly name: string | undefined
  readonly known: Known
  readonly live: boolean
  readonly verdict: Verdict | undefined
  readonly onVerdict: (verdict: Verdict | undefined) => void
  readonly onClose: () => void
}

function Selected({ name, known, live, verdict, onVerdict, onClose }: SelectedProps): JSX.Element {
  const summary = name === undefined ? undefined : known.requests.get(name)
  const path = summary && `requests/${encodeURIComponent(summary.name)}`
  // Each message about a request brings a new summary; other settings may mean other opinions.
  const occasion = useMemo(() => ({}), [summary, known.settings, live])
  const { value: detail, error } = useAsked<RequestDetail>(path, occasion)
  if (name === undefined) {
    return (
      <section class="detail none" aria-label="Request">
        <p class="empty">Choose a request to see what it asks for, who would approve it, and how far it has come.</p>
      </section>
    )
  }
  return (
    <section class="detail" aria-label="Request">
      <button type="button" class="back" onClick={onClose}>
        ← All requests <Key of="Esc" />
      </button>
      {!summary && (
        <p class="empty">
          <Text of={name} /> is gone.
        </p>
      )}
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {summary && detail && (
        <Detail of={detail}>
          {/* An open form stays when others decide: the API server says what it thinks of a second decision. */}
          {(summary.state === 'pending' || verdict !== undefined) && (
            <Decision
              {...{ name, verdict, onVerdict }}
              disabled={!live}
              onDone={() => {
                onVerdict(undefined)
                document.getElementById('requests')?.focus()
              }}
            />
          )}
        </Detail>
      )}
    </section>
  )
}

const CONNECTIONS: Readonly<Record<Known['connection'], string>> = {
  opening: 'opening…',
  live: 'live',
  lost: 'not connected',
  ended: 'ended',
}

const Connection = ({ of }: { of: Known['connection'] }): JSX.Element => (
  <span class={`connection ${of}`} role="status">
    {CONNECTIONS[of]}
  </span>
)

function count({ requests }: Known, state: string): number {
  let found = 0
  for (const request of requests.values()) if (request.state === state) found++
  return found
}

function countOf(view: View, known: Known): number {
  switch (view) {
    case 'requests':
      return known.requests.size
    case 'nodes':
      return known.nodes
    case 'tokens':
      return known.tokens
    case 'faults':
      return known.settings?.faults.filter(({ on }) => on).length ?? 0
  }
}
