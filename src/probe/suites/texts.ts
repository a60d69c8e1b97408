import { readFileSync } from 'node:fs'
import { BUILT_IN, type BuiltIn } from './names.ts'

/** The texts of the suites that are built in. The build puts them in the place of this module: see scripts/suite-texts.ts. */
export function readSuiteTexts(): Readonly<Record<BuiltIn, string>> {
  const textOf = (name: BuiltIn): string => readFileSync(new URL(`${name}.yaml`, import.meta.url), 'utf8')
  return Object.fromEntries(BUILT_IN.map((name) => [name, textOf(name)])) as Record<BuiltIn, string>
}
