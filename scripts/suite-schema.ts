// Writes schema/probe-suite.json: the JSON Schema of suites for `certlet probe`, by which editors complete and check them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { toJsonSchema } from '@valibot/to-json-schema'
import { suite } from '../src/probe/suite.ts'

const file = fileURLToPath(new URL('../schema/probe-suite.json', import.meta.url))

/** A name and no address: nobody fetches it, the file is where the package is. */
const ID = 'urn:certlet:probe-suite'

/** Checks that a schema cannot say (durations, hexadecimal, addresses) are left to the probe itself. */
export function suiteSchema(): string {
  const schema = toJsonSchema(suite, { target: 'draft-07', errorMode: 'ignore' })
  return `${JSON.stringify({ $id: ID, title: 'Suite of certlet probe', ...schema }, null, 2)}\n`
}

if (import.meta.main) {
  mkdirSync(new URL('../schema', import.meta.url), { recursive: true })
  writeFileSync(file, suiteSchema())
}
