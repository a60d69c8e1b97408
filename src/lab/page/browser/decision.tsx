import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ask, wordsOf } from './server.ts'
import { Key } from './text.tsx'

export type Verdict = 'approve' | 'deny'

interface DecisionProps {
  readonly name: string
  /** What is being decided; undefined while only the buttons are there. */
  readonly verdict: Verdict | undefined
  readonly disabled: boolean
  readonly onVerdict: (verdict: Verdict | undefined) => void
  readonly onDone: () => void
}

export function Decision(props: DecisionProps): JSX.Element {
  const { verdict, disabled, onVerdict } = props
  if (verdict) return <DecisionForm {...props} verdict={verdict} key={verdict} />
  return (
    <p class="actions">
      <button
        type="button"
        class="approve"
        disabled={disabled}
        onClick={() => {
          onVerdict('approve')
        }}
      >
        Approve… <Key of="a" />
      </button>
      <button
        type="button"
        class="deny"
        disabled={disabled}
        onClick={() => {
          onVerdict('deny')
        }}
      >
        Deny… <Key of="d" />
      </button>
    </p>
  )
}

function DecisionForm({
  name,
  verdict,
  disabled,
  onVerdict,
  onDone,
}: DecisionProps & { verdict: Verdict }): JSX.Element {
  const [reason, setReason] = useState(verdict === 'approve' ? 'LabPageApprove' : 'LabPageDeny')
  const [message, setMessage] = useState('')
  const [error, setError] = useState<string>()
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.select(), [])
  const decide = (): void => {
    ask('POST', `requests/${encodeURIComponent(name)}/decision`, { verdict, reason, message }).then(
      onDone,
      (why: unknown) => {
        setError(wordsOf(why))
      },
    )
  }
  return (
    <form
      class="decision"
      aria-label={verdict === 'approve' ? 'Approve with a reason' : 'Deny with a reason'}
      onSubmit={(event) => {
        event.preventDefault()
        decide()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onVerdict(undefined)
      }}
    >
      <label>
        Reason
        <input
          ref={first}
          required
          maxLength={128}
          value={reason}
          onInput={(event) => {
            setReason(event.currentTarget.value)
          }}
        />
      </label>
      <label>
        Message
        <input
          maxLength={1024}
          placeholder="for people; may be empty"
          value={message}
          onInput={(event) => {
            setMessage(event.currentTarget.value)
          }}
        />
      </label>
      <p class="actions">
        <button type="submit" class={verdict} disabled={disabled}>
          {verdict === 'approve' ? 'Approve' : 'Deny'} <Key of="Enter" />
        </button>
        <button
          type="button"
          onClick={() => {
            onVerdict(undefined)
          }}
        >
          Cancel <Key of="Esc" />
        </button>
      </p>
      {error !== undefined && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </form>
  )
}
