import { TOKEN_NAMESPACE, TOKEN_SECRET_TYPE } from '../controllers/token-secret.ts'
import type { Lab } from '../lab.ts'
import type { KubeObject } from '../storage.ts'
import type { TokenView } from './protocol.ts'
import type { Sightings } from './sightings.ts'

const USAGE = 'usage-bootstrap-'

/** Bootstrap tokens, without what is secret about them: no value leaves but those that are named here. */
export function tokenViews(stored: Lab['stored'], sightings: Sightings): TokenView[] {
  return (stored('secrets').list() as KubeObject[])
    .filter(({ metadata, type }) => metadata.namespace === TOKEN_NAMESPACE && type === TOKEN_SECRET_TYPE)
    .map((secret) => {
      const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>
      const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString()
      const id = text('token-id')
      const expiresAt = Date.parse(text('expiration'))
      const { at, requests = 0 } = sightings.of(`system:bootstrap:${id}`) ?? {}
      return {
        id,
        description: text('description'),
        ...(!Number.isNaN(expiresAt) && { expiresAt }),
        usages: Object.keys(data)
          .filter((key) => key.startsWith(USAGE) && text(key) === 'true')
          .map((key) => key.slice(USAGE.length)),
        groups: text('auth-extra-groups').split(',').filter(Boolean),
        ...(at !== undefined && { seenAt: at }),
        requests,
      }
    })
}
