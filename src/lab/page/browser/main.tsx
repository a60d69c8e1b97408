/** The page's beginning: spends the token of the link, then shows the lab. */
import { render, type JSX } from 'preact'
import { App } from './app.tsx'
import { ask, Refusal } from './server.ts'
import { openStore } from './store.ts'

type Entry = 'in' | 'spent' | 'no link' | 'silent'

async function enter(): Promise<Entry> {
  const token = location.hash.slice(1)
  // Neither the address bar nor the history keeps it.
  history.replaceState(null, '', location.pathname)
  try {
    if (token !== '') await ask('POST', 'session', { token })
    return 'in'
  } catch (error) {
    if (error instanceof Refusal && error.status === 0) return 'silent'
  }
  return (await hasSession()) ? 'in' : 'spent'
}

async function hasSession(): Promise<boolean> {
  return ask('GET', 'tokens').then(
    () => true,
    () => false,
  )
}

const Closed = ({ why }: { why: Exclude<Entry, 'in'> }): JSX.Element => (
  <main class="closed">
    <h1>certlet lab</h1>
    {why === 'spent' && (
      <p role="alert">
        This link was used already, and each works once. The next one stands in the file <code>page-link</code> in the
        lab’s folder (<code>--dir</code>).
      </p>
    )}
    {why === 'no link' && (
      <p role="alert">
        Open this page by the link that <code>certlet lab --ui</code> has printed, or by the one in the file{' '}
        <code>page-link</code> in the lab’s folder (<code>--dir</code>).
      </p>
    )}
    {why === 'silent' && <p role="alert">The lab does not answer. Is it still running?</p>}
  </main>
)

const linked = location.hash.length > 1
const entered = await enter()
if (entered === 'in' && (linked || (await hasSession()))) render(<App store={openStore()} />, document.body)
else render(<Closed why={entered === 'in' ? 'no link' : entered} />, document.body)
