import { styleText } from 'node:util'
import type { Output } from './world.ts'

/** What a text means, which decides its colour. */
export type Tone = 'good' | 'warning' | 'bad' | 'title' | 'faint'

export type Paint = (tone: Tone, text: string) => string

const STYLES = { good: 'green', warning: 'yellow', bad: 'red', title: 'bold', faint: 'dim' } as const

/** Colours on a terminal that has them; NO_COLOR and TERM=dumb are honoured by Node. */
export function paintOf({ terminal }: Pick<Output, 'terminal'>): Paint {
  return (tone, text) => (terminal ? styleText(STYLES[tone], text, { stream: terminal }) : text)
}
