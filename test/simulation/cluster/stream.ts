/** The body of an answer: what comes is read in its order; it ends, or breaks. */
export class Stream implements AsyncIterableIterator<Uint8Array> {
  #chunks: Uint8Array[] = []
  #state: { readonly over: false } | { readonly over: true; readonly error?: Error } = { over: false }
  #waiting: { resolve: (result: IteratorResult<Uint8Array>) => void; reject: (error: Error) => void } | undefined
  onEnd: () => void = () => undefined

  static of(text: string): Stream {
    const stream = new Stream()
    stream.push(text)
    stream.end()
    return stream
  }

  constructor(signal?: AbortSignal) {
    signal?.addEventListener(
      'abort',
      () => {
        this.#close({ over: true, error: signal.reason as Error })
      },
      { once: true },
    )
  }

  push(text: string): void {
    if (this.#state.over) return
    const chunk = Buffer.from(text)
    if (!this.#waiting) {
      this.#chunks.push(chunk)
      return
    }
    this.#waiting.resolve({ done: false, value: chunk })
    this.#waiting = undefined
  }

  end(): void {
    this.#close({ over: true })
  }

  /** The connection breaks. */
  cut(): void {
    this.#close({ over: true, error: new Error('The connection was reset') })
  }

  #close(state: { readonly over: true; readonly error?: Error }): void {
    if (this.#state.over) return
    this.#state = state
    this.onEnd()
    const waiting = this.#waiting
    this.#waiting = undefined
    if (!waiting) return
    if (state.error) waiting.reject(state.error)
    else waiting.resolve({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift()
    if (chunk) return Promise.resolve({ done: false, value: chunk })
    const state = this.#state
    if (!state.over) {
      return new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject }
      })
    }
    return state.error ? Promise.reject(state.error) : Promise.resolve({ done: true, value: undefined })
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
