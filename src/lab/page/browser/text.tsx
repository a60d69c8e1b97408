import type { JSX } from 'preact'
import type { RequestState } from '../protocol.ts'
import { visible } from './words.ts'

/** A text that came from somewhere else: never markup, and never able to turn what stands beside it. */
export const Text = ({ of, none = '(none)' }: { of: string; none?: string }): JSX.Element =>
  of === '' ? <span class="faint">{none}</span> : <bdi>{visible(of)}</bdi>

export const Texts = ({ of }: { of: readonly string[] }): JSX.Element => (
  <ul class="texts">
    {of.map((one) => (
      <li>
        <Text of={one} none="(empty)" />
      </li>
    ))}
  </ul>
)

const SIGNS: Readonly<Record<RequestState, string>> = {
  pending: '…',
  approved: '✓',
  denied: '✕',
  failed: '!',
  issued: '✓✓',
}

/** By word and sign, not by colour alone. */
export const State = ({ of }: { of: RequestState }): JSX.Element => (
  <span class={`state ${of}`}>
    <span aria-hidden="true">{SIGNS[of]}</span> {of}
  </span>
)

export const Key = ({ of }: { of: string }): JSX.Element => <kbd aria-hidden="true">{of}</kbd>
