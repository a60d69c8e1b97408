/** What the page asks its server for. */

/** A refusal in the server's words; status 0 where it did not answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** @param path - below `api/`, its parts encoded. @throws Refusal */
export async function ask(method: string, path: string, body?: object): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(`api/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
  } catch {
    throw new Refusal(0, 'The lab does not answer.')
  }
  const text = await response.text()
  const value: unknown = text === '' ? undefined : JSON.parse(text)
  if (response.ok) return value
  throw new Refusal(response.status, (value as { error?: string } | undefined)?.error ?? `status ${response.status}`)
}

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
