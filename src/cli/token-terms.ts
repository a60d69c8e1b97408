import { CertletError } from '../errors.ts'
import { parseDuration } from '../duration.ts'
import { GROUP_PATTERN, type TokenTerms, type Usage, USAGES } from '../tokens/token-secret.ts'
import type { Flags } from './command.ts'
import { listOf, textOf } from './common-flags.ts'

/** What a new token is to be, from the flags. @throws CertletError USAGE */
export function tokenTermsOf(flags: Flags, now: Date): TokenTerms {
  const usages = listOf(flags, 'usages')
  const groups = listOf(flags, 'groups')
  const unknown = usages.find((usage) => !USAGES.some((known) => known === usage))
  if (unknown !== undefined || usages.length === 0) {
    throw new CertletError('USAGE', `--usages "${unknown ?? ''}" is none of ${USAGES.join(', ')}`)
  }
  const wrong = groups.find((group) => !GROUP_PATTERN.test(group))
  if (wrong !== undefined) {
    throw new CertletError(
      'USAGE',
      `--groups "${wrong}" does not begin with "system:bootstrappers:" and go on with a-z, 0-9, ":" and "-": the API server would refuse the token`,
    )
  }
  if (groups.length > 0 && !usages.includes('authentication')) {
    throw new CertletError('USAGE', '--groups mean nothing without the usage authentication; give --groups ""')
  }
  const ttlMs = ttlOf(flags)
  return {
    usages: usages as Usage[],
    groups,
    description: textOf(flags, 'description') ?? '',
    ...(ttlMs > 0 && { expires: new Date(now.getTime() + ttlMs) }),
  }
}

function ttlOf(flags: Flags): number {
  const text = textOf(flags, 'ttl') ?? ''
  const ms = text === '0' ? 0 : parseDuration(text)
  if (ms !== undefined) return ms
  throw new CertletError('USAGE', `--ttl "${text}" is not a duration like 2h or 90m, nor 0`)
}
