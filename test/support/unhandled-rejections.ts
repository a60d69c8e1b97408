/** Rejections that nobody handles until the end of the block: Node.js would end a command for one, mocha does not end a test. */
export function unhandledRejections(): Disposable & { readonly reasons: unknown[] } {
  const reasons: unknown[] = []
  const note = (reason: unknown): void => {
    reasons.push(reason)
  }
  process.on('unhandledRejection', note)
  return {
    reasons,
    [Symbol.dispose]: () => {
      process.off('unhandledRejection', note)
    },
  }
}
