import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { SettingsView } from '../protocol.ts'
import { ask, wordsOf } from './server.ts'
import { Text } from './text.tsx'

const EXAMPLES: readonly (readonly [title: string, text: string])[] = [
  [
    'A third of all creates: come back later',
    '- fault: status\n  code: 429\n  retryAfter: 2s\n  verb: create\n  resource: certificatesigningrequests\n  share: 0.33\n',
  ],
  ['Everything: 503', '- fault: status\n  code: 503\n'],
  ['Everything: two seconds late', '- fault: slow\n  delay: 2s\n'],
  ['Creates: stored, but the answer is lost', '- fault: reset\n  when: after\n  verb: create\n'],
  ['Watches: silent after a second', '- fault: silence\n  after: 1s\n'],
  ['Watches: cut after five seconds', '- fault: cut\n  after: 5s\n'],
  ['Watches: the revision is too old, once', '- fault: gone\n  count: 1\n'],
  ['Clock: ten minutes slow', '- fault: date\n  offset: -10m\n'],
  ['API server: its store is down', '- fault: no-store\n'],
]

const MODES = ['auto', 'manual', 'none', 'deny'] as const

/** What goes wrong on purpose, who approves, and how is signed. */
export function Faults({ settings, disabled }: { settings: SettingsView; disabled: boolean }): JSX.Element {
  const [text, setText] = useState('')
  const [error, setError] = useState<string>()
  const act = (method: string, path: string, body?: object, then?: () => void): void => {
    ask(method, path, body).then(
      () => {
        setError(undefined)
        then?.()
      },
      (why: unknown) => {
        setError(wordsOf(why))
      },
    )
  }
  const { faults, mode, rules, signing, signingFault, signingFaults } = settings
  return (
    <div class="faults">
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <section aria-label="Approving and signing">
        <h3>Approving and signing</h3>
        <p class="settings">
          <label>
            Approves
            <select
              disabled={disabled}
              value={mode}
              onChange={(event) => {
                act('PUT', 'approval', { mode: event.currentTarget.value })
              }}
            >
              {MODES.map((one) => (
                <option value={one}>{one}</option>
              ))}
            </select>
          </label>
          <label>
            Signer’s fault
            <select
              disabled={disabled}
              value={signingFault}
              onChange={(event) => {
                act('PUT', 'signing', { fault: event.currentTarget.value })
              }}
            >
              <option value="">none</option>
              {signingFaults.map((one) => (
                <option value={one}>{one}</option>
              ))}
            </select>
          </label>
          <Switch
            on={signing}
            disabled={disabled}
            onTurn={(enabled) => {
              act('PUT', 'signing', { enabled })
            }}
          >
            Signs
          </Switch>
        </p>
        <p class="faint">
          {rules === 0 ? 'No rules of the lab' : `${rules} rules of the lab`} before the mode decides.
        </p>
      </section>
      <section aria-label="Faults at the wire">
        <h3>Faults at the wire</h3>
        {faults.length === 0 && <p class="empty">None: every request is answered as it should be.</p>}
        <ul class="switches">
          {faults.map(({ id, on, text: fault }) => (
            <li key={id}>
              <Switch
                on={on}
                disabled={disabled}
                onTurn={(next) => {
                  act('PUT', `faults/${id}`, { on: next })
                }}
              >
                <code>
                  <Text of={fault} />
                </code>
              </Switch>
              <button
                type="button"
                disabled={disabled}
                aria-label={`Remove the fault ${fault}`}
                onClick={() => {
                  act('DELETE', `faults/${id}`)
                }}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
        <form
          aria-label="Another fault"
          onSubmit={(event) => {
            event.preventDefault()
            act('POST', 'faults', { text }, () => {
              setText('')
            })
          }}
        >
          <label>
            Another one, from an example
            <select
              value=""
              onChange={(event) => {
                const chosen = EXAMPLES.find(([title]) => title === event.currentTarget.value)
                if (chosen) setText(chosen[1])
              }}
            >
              <option value="">choose…</option>
              {EXAMPLES.map(([title]) => (
                <option value={title}>{title}</option>
              ))}
            </select>
          </label>
          <label>
            As YAML
            <textarea
              rows={6}
              required
              spellcheck={false}
              placeholder={'- fault: slow\n  delay: 2s'}
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value)
              }}
            />
          </label>
          <p class="actions">
            <button type="submit" disabled={disabled}>
              Put in force
            </button>
          </p>
        </form>
      </section>
    </div>
  )
}

interface SwitchProps {
  readonly on: boolean
  readonly disabled: boolean
  readonly onTurn: (on: boolean) => void
  readonly children: ComponentChildren
}

const Switch = ({ on, disabled, onTurn, children }: SwitchProps): JSX.Element => (
  <label class="switch">
    <input
      type="checkbox"
      role="switch"
      disabled={disabled}
      checked={on}
      onChange={(event) => {
        onTurn(event.currentTarget.checked)
      }}
    />
    {children}
  </label>
)
