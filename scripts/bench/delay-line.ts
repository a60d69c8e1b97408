/** Where a delay gets its time from. */
export interface DelayClock {
  readonly now: () => number
  readonly later: (act: () => void, ms: number) => void
}

/**
 * Lets things out in the order in which they came, each a fixed time after it came in: many are under way at once, as in a long cable.
 * @param openAt - what comes before is taken as if it had come then.
 */
export function delayLine<T>(
  out: (thing: T) => void,
  { delayMs, openAt, clock }: { delayMs: number; openAt: number; clock: DelayClock },
): (thing: T) => void {
  const underWay: { thing: T; due: number }[] = []
  const arrive = (): void => {
    for (let first = underWay[0]; first !== undefined && first.due <= clock.now(); first = underWay[0]) {
      underWay.shift()
      out(first.thing)
    }
    if (underWay[0] !== undefined) clock.later(arrive, underWay[0].due - clock.now())
  }
  return (thing) => {
    underWay.push({ thing, due: Math.max(clock.now(), openAt) + delayMs })
    if (underWay.length === 1) clock.later(arrive, delayMs + Math.max(openAt - clock.now(), 0))
  }
}
