import { randomBytes } from 'node:crypto'

/** Marks what a probe makes, so that it can be found and removed. */
export const LABEL = 'certlet.dev/probe'

/** Tells the requests of one run from those of others: the value of the label. */
export const newRunId = (): string => randomBytes(4).toString('hex')
