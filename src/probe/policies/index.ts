/** The policies that are built in, by the names that --approver and `expectFor` take. */
import type { Policy } from '../policy.ts'
import { none, stock } from './stock.ts'
import { strictServing } from './strict-serving.ts'

export { readPolicy } from './policy-file.ts'
export { strictServingRules } from './strict-serving.ts'

export const policies: readonly Policy[] = [none, stock, strictServing]
