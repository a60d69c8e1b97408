/** How the page writes things. Pure. */

/** A text that came from a request: what cannot be seen, or turns the direction of writing, is named instead. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu,
    (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )
}

const two = (number: number): string => String(number).padStart(2, '0')

/** `14:03:59`, here and now. */
export function clockTime(ms: number): string {
  const date = new Date(ms)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

/** The same with milliseconds. */
export const exactTime = (ms: number): string => `${clockTime(ms)}.${String(ms % 1000).padStart(3, '0')}`

/** `2027-11-26 14:03` */
export function dateTime(ms: number): string {
  const date = new Date(ms)
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** `12 ms`, `3.4 s`, `5 min`, `2 h`, `365 d`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}

/** The last part of a signer's name says which; its first is the same for all of Kubernetes' own. */
export const shortSigner = (name: string): string => visible(name.replace(/^kubernetes\.io\//, ''))
