import type { ComponentChildren, JSX } from 'preact'
import type { Moment, OpinionView, RequestDetail } from '../protocol.ts'
import { State, Text, Texts } from './text.tsx'
import { dateTime, exactTime, clockTime, span } from './words.ts'

export const Detail = ({ of, children }: { of: RequestDetail; children: ComponentChildren }): JSX.Element => (
  <article>
    <header>
      <h2 tabIndex={-1} id="detail-title">
        <Text of={of.name} />
      </h2>
      <State of={of.state} />
    </header>
    {children}
    {of.unreadable !== undefined && (
      <p class="error" role="alert">
        This request cannot be read: <Text of={of.unreadable} />
      </p>
    )}
    <TimeLine moments={of.moments} />
    <Opinions of={of.opinions} decided={of.state !== 'pending'} />
    <Asked of={of} />
    <Outcome of={of} />
  </article>
)

const STEPS: Readonly<Record<Moment['step'], string>> = {
  created: 'created',
  approved: 'approved',
  denied: 'denied',
  failed: 'refused by the signer',
  signed: 'signed',
  delivered: 'delivered to the requestor',
}

function TimeLine({ moments }: { moments: readonly Moment[] }): JSX.Element {
  const start = moments[0]?.at
  const over = moments.some(({ step }) => step === 'denied' || step === 'failed')
  const steps = new Set(moments.map(({ step }) => step))
  const ahead = over ? [] : (['approved', 'signed', 'delivered'] as const).filter((step) => !steps.has(step))
  return (
    <section aria-label="Time line">
      <h3>Time line</h3>
      <ol class="line">
        {moments.map(({ step, at, seen }) => (
          <li class={step}>
            <span class="step">{STEPS[step]}</span>
            <span class="faint">
              {at === undefined ? 'before this page was there' : seen ? exactTime(at) : `about ${clockTime(at)}`}
            </span>
            <span class="faint">
              {step !== 'created' && at !== undefined && start !== undefined && seen ? `+${span(at - start)}` : ''}
            </span>
          </li>
        ))}
        {ahead.map((step) => (
          <li class="ahead">
            <span class="step">{STEPS[step]}</span>
            <span class="faint">not yet</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

const SAYS: Readonly<Record<OpinionView['says'], string>> = {
  approve: '✓ would approve',
  deny: '✕ would deny',
  nothing: '– says nothing',
  sign: '✓ would sign',
  fail: '! would refuse',
}

const Opinions = ({ of, decided }: { of: readonly OpinionView[]; decided: boolean }): JSX.Element => (
  <section aria-label="Who would approve it, and why not">
    <h3>{decided ? 'Who would approve it now, and why not' : 'Who would approve it, and why not'}</h3>
    <ul class="opinions">
      {of.map(({ who, says, why }) => (
        <li class={says}>
          <span class="says">{SAYS[says]}</span>
          <span>
            <strong>{who}</strong>: <Text of={why} />
          </span>
        </li>
      ))}
    </ul>
  </section>
)

const Row = ({ name, children }: { name: string; children: ComponentChildren }): JSX.Element => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

function Asked({ of }: { of: RequestDetail }): JSX.Element {
  const { subject, dnsNames, ipAddresses, emailAddresses, uris, usages, groups, extensions, expirationSeconds } = of
  const names = [
    ...dnsNames.map((name) => `DNS:${name}`),
    ...ipAddresses.map((address) => `IP:${address}`),
    ...emailAddresses.map((address) => `email:${address}`),
    ...uris.map((uri) => `URI:${uri}`),
  ]
  return (
    <section aria-label="What it asks for">
      <h3>What it asks for</h3>
      <dl>
        <Row name="subject">
          <Texts of={subject.map(({ type, value }) => `${type}=${value}`)} />
        </Row>
        <Row name="names">{names.length === 0 ? <Text of="" /> : <Texts of={names} />}</Row>
        <Row name="usages">
          <Text of={usages.join(', ')} />
        </Row>
        <Row name="signer">
          <Text of={of.signer} />
        </Row>
        <Row name="lifetime">
          {expirationSeconds === undefined ? (
            <span class="faint">as the signer gives it</span>
          ) : (
            `${expirationSeconds} s (${span(expirationSeconds * 1000)})`
          )}
        </Row>
        <Row name="key">
          <Text of={of.key} /> <code class="faint digest">{of.keyDigest.slice(0, 16)}</code>
        </Row>
        {extensions.length > 0 && (
          <Row name="extensions">
            <Text of={extensions.join(', ')} /> <span class="faint">(no signer takes these over)</span>
          </Row>
        )}
        <Row name="requestor">
          <Text of={of.requestor} />
        </Row>
        <Row name="its groups">
          <Texts of={groups} />
        </Row>
      </dl>
    </section>
  )
}

function Outcome({ of: { conditions, certificate } }: { of: RequestDetail }): JSX.Element | null {
  if (conditions.length === 0 && !certificate) return null
  return (
    <section aria-label="What became of it">
      <h3>What became of it</h3>
      <dl>
        {conditions.map(({ type, reason, message }) => (
          <Row name={type.toLowerCase()}>
            <Text of={reason} /> <span class="faint">{message !== '' && <Text of={message} />}</span>
          </Row>
        ))}
        {certificate === 'unreadable' && <Row name="certificate">what was handed out is no certificate</Row>}
        {certificate && certificate !== 'unreadable' && (
          <>
            <Row name="valid">
              {dateTime(certificate.notBefore)} – {dateTime(certificate.notAfter)}
            </Row>
            <Row name="serial">
              <code class="digest">{certificate.serial.toLowerCase()}</code>
            </Row>
          </>
        )}
      </dl>
    </section>
  )
}
