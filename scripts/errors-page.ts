// Writes docs/errors.md from the table in src/errors.ts; a test holds the two together.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { failures } from '../src/errors.ts'

/** The page, as Markdown. */
export function errorsPage(): string {
  const rows = Object.entries(failures).map(
    ([code, { exit, retry, hint }]) => `| \`${code}\` | ${exit} | ${retry ? 'yes' : 'no'} | ${hint} |`,
  )
  return `# Errors

Codes and exit codes are API: they are never used for something else. *Tried again*: certlet itself tries again until \`--timeout\`.
Written by \`node scripts/errors-page.ts\` from \`src/errors.ts\`.

| code | exit code | tried again | hint |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

if (import.meta.main) writeFileSync(fileURLToPath(new URL('../docs/errors.md', import.meta.url)), errorsPage())
