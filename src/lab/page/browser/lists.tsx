import type { JSX } from 'preact'
import type { NodeView, TokenView } from '../protocol.ts'
import { Text, Texts } from './text.tsx'
import { useAsked } from './use-asked.ts'
import { clockTime, dateTime } from './words.ts'

/** @param occasion - something that changes when the lists may have. */
export function Nodes({ occasion }: { occasion: unknown }): JSX.Element {
  const { value: nodes, error } = useAsked<readonly NodeView[]>('nodes', occasion)
  if (!nodes) return <Missing error={error} />
  if (nodes.length === 0) return <p class="empty">No nodes yet: neither a Node object nor a certificate for one.</p>
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">Object</th>
          <th scope="col">Client certificate until</th>
          <th scope="col">Serving certificate until</th>
          <th scope="col">Last request</th>
          <th scope="col">Requests</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ name, status, clientUntil, servingUntil, seenAt, requests }) => (
          <tr key={name}>
            <th scope="row">
              <Text of={name} />
            </th>
            <td data-label="Object">
              <Text of={status ?? ''} />
            </td>
            <td data-label="Client until">
              <When at={clientUntil} />
            </td>
            <td data-label="Serving until">
              <When at={servingUntil} />
            </td>
            <Traffic {...{ seenAt, requests }} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function Tokens({ occasion }: { occasion: unknown }): JSX.Element {
  const { value: tokens, error } = useAsked<readonly TokenView[]>('tokens', occasion)
  if (!tokens) return <Missing error={error} />
  if (tokens.length === 0) return <p class="empty">No bootstrap tokens: nobody new can join.</p>
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Token</th>
          <th scope="col">Description</th>
          <th scope="col">Good for</th>
          <th scope="col">Groups</th>
          <th scope="col">Expires</th>
          <th scope="col">Last request</th>
          <th scope="col">Requests</th>
        </tr>
      </thead>
      <tbody>
        {tokens.map(({ id, description, usages, groups, expiresAt, seenAt, requests }) => (
          <tr key={id}>
            <th scope="row">
              <Text of={id} />
              <span class="faint">.…</span>
            </th>
            <td data-label="Description">
              <Text of={description} />
            </td>
            <td data-label="Good for">
              <Text of={usages.join(', ')} />
            </td>
            <td data-label="Groups">
              <Texts of={groups} />
            </td>
            <td data-label="Expires">
              {expiresAt === undefined ? <span class="faint">never</span> : dateTime(expiresAt)}
            </td>
            <Traffic {...{ seenAt, requests }} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The last two columns of both lists. */
const Traffic = ({ seenAt, requests }: { seenAt: number | undefined; requests: number }): JSX.Element => (
  <>
    <td data-label="Last request">{seenAt === undefined ? <span class="faint">never</span> : clockTime(seenAt)}</td>
    <td data-label="Requests">{requests}</td>
  </>
)

const When = ({ at }: { at: number | undefined }): JSX.Element =>
  at === undefined ? <span class="faint">(none)</span> : <>{dateTime(at)}</>

const Missing = ({ error }: { error: string | undefined }): JSX.Element =>
  error === undefined ? (
    <p class="empty">…</p>
  ) : (
    <p class="error" role="alert">
      {error}
    </p>
  )
